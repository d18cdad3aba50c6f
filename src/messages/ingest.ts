import { done, type Outcome, refused } from '../shared/errors.ts';
import { newUlid } from '../shared/ids.ts';
import type { PreparedMessage } from './natural-key.ts';

/** Messages a person may have; past it a message is refused, never dropped. */
export const MAX_MESSAGES = 100_000;

/** What the rule needs from storage. The Durable Object gives SQL, a test gives arrays. */
export interface IngestStore {
  count(): number;
  /** @returns the row, or null if the natural key is there already */
  insert(message: PreparedMessage, now: number): number | null;
  /** null: it is not there */
  idOf(naturalKey: string): string | null;
  addTask(task: { id: string; firstRow: number; lastRow: number; total: number; now: number }): void;
  /** notes that rows from `firstRow` to `lastRow` must reach Postgres */
  addChange(firstRow: number, lastRow: number): void;
}

export interface Ingested {
  taskId: string;
  /** ids in the order sent, those of duplicates included */
  messageIds: string[];
  accepted: number;
}

/**
 * Stores messages, their task and their outbox entry. The caller runs it in one transaction, so that either all of it
 * is there or nothing.
 *
 * A message that is there already is left as it is, and takes no room. If nothing is new, the task is born completed.
 */
export function ingest(store: IngestStore, messages: readonly PreparedMessage[], now: number): Outcome<Ingested> {
  if (passesLimit(store, messages)) {
    return refused('conflict', `A user holds at most ${MAX_MESSAGES} messages.`);
  }
  let firstRow = 0;
  let lastRow = -1;
  let accepted = 0;
  const messageIds = messages.map((message) => {
    const row = store.insert(message, now);
    if (row === null) return store.idOf(message.naturalKey)!;
    // rows only grow, and nothing else inserts within the transaction: the new ones are neighbours
    if (accepted === 0) firstRow = row;
    lastRow = row;
    accepted++;
    return message.id;
  });
  const taskId = newUlid(now);
  store.addTask({ id: taskId, firstRow, lastRow, total: accepted, now });
  if (accepted > 0) store.addChange(firstRow, lastRow);
  return done({ taskId, messageIds, accepted });
}

/** Asks which are new only where all of them would be too many. */
function passesLimit(store: IngestStore, messages: readonly PreparedMessage[]): boolean {
  const room = MAX_MESSAGES - store.count();
  if (messages.length <= room) return false;
  const keys = new Set(messages.map(({ naturalKey }) => naturalKey));
  return [...keys].filter((key) => store.idOf(key) === null).length > room;
}
