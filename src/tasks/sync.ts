import type { StoredMessage } from '../persistence/messages.ts';

/** The oldest unsaved changes of one person, and what to confirm once they are saved. */
export interface ChangeSet {
  /** messages as they are now */
  rows: StoredMessage[];
  /** messages that were deleted; one that was sent again stands in `rows` too, or in a later set */
  deletedIds: string[];
  through: ChangeMark;
  more: boolean;
}

/** Outbox entries below `id` are saved, and of entry `id` the rows below `row`. */
export interface ChangeMark {
  id: number;
  row: number;
}

export interface SyncPorts {
  /** null: everything is saved, or another consumer is at it */
  changes(): Promise<ChangeSet | null>;
  upsert(rows: StoredMessage[]): Promise<void>;
  remove(ids: string[]): Promise<void>;
  confirm(through: ChangeMark): Promise<void>;
  /** says that the last change set will not be saved, so that it is given out again at once */
  release(): Promise<void>;
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
    try {
      // before the upserts: what was deleted and sent again must end as it was sent, and what is gone is not in `rows`
      if (set.deletedIds.length > 0) await ports.remove(set.deletedIds);
      if (set.rows.length > 0) await ports.upsert(set.rows);
    } catch (error) {
      await ports.release();
      throw error;
    }
    await ports.confirm(set.through);
    if (!set.more) return;
  }
}
