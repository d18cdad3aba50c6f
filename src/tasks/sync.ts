import type { StoredMessage } from '../persistence/messages.ts';
import type { StoredRecord } from '../persistence/records.ts';
import { isPoison, sqlStateOf } from '../persistence/sql-state.ts';

/** The oldest unsaved changes of one person, and what to confirm once they are saved. */
export interface ChangeSet {
  /** messages as they are now */
  rows: StoredMessage[];
  /** messages that were deleted; one that was sent again stands in `rows` too, or in a later set */
  deletedIds: string[];
  /** what is no message, as it is now; without a body: it is gone */
  records: RecordChange[];
  /** epoch ms: a person who was erased after this has no such changes */
  bornAt: number;
  through: ChangeMark;
  more: boolean;
}

export type RecordChange = Omit<StoredRecord, 'body'> & { body: StoredRecord['body'] | null };

/** Outbox entries below `id` are saved, of entry `id` the rows below `row`, and records changed up to `record`. */
export interface ChangeMark {
  id: number;
  row: number;
  record: number;
}

/** Something that Postgres refuses whenever it is sent, by itself too. */
export interface PoisonRow {
  /** `message`, or the kind of a record */
  kind: string;
  id: string;
  error: string;
}

/** Writes of one life of a person. Each answers when the person was erased, if nothing was written for that; else null. */
export interface LifeWriter {
  upsert(rows: StoredMessage[]): Promise<number | null>;
  remove(ids: string[]): Promise<number | null>;
  saveRecords(records: RecordChange[]): Promise<number | null>;
}

export interface SyncPorts {
  /** null: everything is saved, or another consumer is at it */
  changes(): Promise<ChangeSet | null>;
  writer(bornAt: number): LifeWriter;
  confirm(through: ChangeMark): Promise<void>;
  /** says that the last change set will not be saved, so that it is given out again at once */
  release(): Promise<void>;
  setAside(rows: PoisonRow[]): Promise<void>;
  /** tells the object, if it is a later life, that Postgres takes it for one that was erased */
  outlive(erasedAt: number): Promise<void>;
}

/** Change sets taken in one go; the rest waits for the next message, so that no person holds the consumer for long. */
const MAX_SETS = 200;

/**
 * Saves one person's changes, oldest first. Every step may be repeated: writing a row twice leaves it once, and a
 * confirmation that is lost only makes the same rows come again.
 *
 * @throws whatever a port throws; what was confirmed before stays confirmed
 */
export async function syncUser(ports: SyncPorts): Promise<void> {
  for (let i = 0; i < MAX_SETS; i++) {
    const set = await ports.changes();
    if (!set) return;
    let erasedAt: number | null;
    try {
      erasedAt = await write(set, ports);
    } catch (error) {
      await ports.release();
      throw error;
    }
    if (erasedAt !== null) {
      // what we hold is of a life that has ended: dropped. A later life gives out its changes again, and passes
      await ports.outlive(erasedAt);
      continue;
    }
    await ports.confirm(set.through);
    if (!set.more) return;
  }
}

/** @returns when the person was erased, if nothing was written for that */
async function write(set: ChangeSet, ports: SyncPorts): Promise<number | null> {
  const writer = ports.writer(set.bornAt);
  const steps = [
    // before the upserts: what was deleted and sent again must end as it was sent, and what is gone is not in `rows`
    async () => (set.deletedIds.length > 0 ? writer.remove(set.deletedIds) : null),
    () => eachWritable(set.rows, writer.upsert, () => 'message', ports),
    () => eachWritable(set.records, writer.saveRecords, ({ kind }) => kind, ports),
  ];
  for (const step of steps) {
    const erasedAt = await step();
    if (erasedAt !== null) return erasedAt;
  }
  return null;
}

/** Writes rows together; where one of them cannot be written, halves until it stands alone, and sets it aside. */
async function eachWritable<T extends { id: string }>(
  rows: readonly T[],
  save: (rows: T[]) => Promise<number | null>,
  kindOf: (row: T) => string,
  ports: SyncPorts,
): Promise<number | null> {
  if (rows.length === 0) return null;
  try {
    return await save([...rows]);
  } catch (error) {
    if (!isPoison(error)) throw error;
    const [first] = rows;
    if (rows.length === 1 && first) {
      await ports.setAside([{ kind: kindOf(first), id: first.id, error: reasonOf(error) }]);
      return null;
    }
    const half = rows.length >> 1;
    const erasedAt = await eachWritable(rows.slice(0, half), save, kindOf, ports);
    return erasedAt ?? eachWritable(rows.slice(half), save, kindOf, ports);
  }
}

/** The database's code alone: its message may quote what was written. */
const reasonOf = (error: unknown): string => `SQLSTATE ${sqlStateOf(error)}`;
