import type { PagedMessage, PageMark } from '../persistence/messages.ts';
import type { PagedRecord, RecordMark } from '../persistence/records.ts';

/** What a restore needs. The Durable Object gives SQL and Postgres, a test gives arrays. */
export interface RestorePorts {
  /** kinds of which there are records, in the order in which they come back */
  recordKinds(): Promise<readonly string[]>;
  recordPage(kind: string, after: string | null, limit: number): Promise<PagedRecord[]>;
  recordCursor(): RecordMark | null;
  /**
   * takes records back and notes the cursor, in one transaction; what is there already stays as it is, and what cannot
   * be read is set aside
   */
  takeRecords(records: PagedRecord[]): void;
  page(after: PageMark | null, limit: number): Promise<PagedMessage[]>;
  cursor(): PageMark | null;
  /** as `takeRecords` */
  take(rows: PagedMessage[]): void;
  /** notes that Postgres holds nothing that is not here */
  finish(): void;
}

const PAGE = 500;

/**
 * Takes back what Postgres has of a person, records before messages: a memory comes back into a palace that stands. It
 * goes on where an interrupted one stopped, and may be repeated.
 *
 * @returns false if Postgres has nothing
 * @throws whatever a port throws
 */
export async function restore(ports: RestorePorts): Promise<boolean> {
  let found = ports.recordCursor() !== null || ports.cursor() !== null;
  if (await restoreRecords(ports)) found = true;
  for (;;) {
    const rows = await ports.page(ports.cursor(), PAGE);
    if (rows.length > 0) ports.take(rows);
    found ||= rows.length > 0;
    if (rows.length < PAGE) break;
  }
  if (found) ports.finish();
  return found;
}

async function restoreRecords(ports: RestorePorts): Promise<boolean> {
  const cursor = ports.recordCursor();
  if (ports.cursor() !== null) return false; // messages have begun to come: the records are back
  let found = false;
  const kinds = await ports.recordKinds();
  for (const kind of kinds.slice(cursor ? Math.max(0, kinds.indexOf(cursor.kind)) : 0)) {
    let after = cursor?.kind === kind ? cursor.id : null;
    for (;;) {
      const records = await ports.recordPage(kind, after, PAGE);
      if (records.length > 0) ports.takeRecords(records);
      found ||= records.length > 0;
      if (records.length < PAGE) break;
      after = records.at(-1)!.id;
    }
  }
  return found;
}
