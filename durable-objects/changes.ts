import { LIMITS } from '../src/messages/contract.ts';
import type { StoredMessage } from '../src/persistence/messages.ts';
import type { ChangeMark, ChangeSet } from '../src/tasks/sync.ts';
import { livesToStore, type StoredPlace } from './life-backup.ts';
import type { Memory } from './memory-store.ts';
import type { MessageRow } from './message-store.ts';
import type { Stores } from './stores.ts';

const ENTRIES = 200;
/** No entry spans more rows than a request may bring, so one read of an entry sees all of it. */
const ROWS = LIMITS.messagesPerRequest;
/** Text that one change set may carry, in UTF-16 units; one message always fits. */
const TEXT = 2_000_000;

/** The oldest unsaved changes, at most `ROWS` messages or `TEXT` of content; null if everything is saved. */
export function nextChanges(stores: Stores): ChangeSet | null {
  const { outbox, messages } = stores;
  const entries = outbox.oldest(ENTRIES);
  if (entries.length === 0) return null;
  const rows = new Map<number, MessageRow>();
  const deleted = new Set<string>();
  let through: ChangeMark = { id: 0, row: 0 };
  let text = 0;
  for (const entry of entries) {
    if (entry.deleted_id !== null) deleted.add(entry.deleted_id);
    for (const row of messages.between(entry.first_row, entry.last_row, ROWS + 1)) {
      const isNew = !rows.has(row.row);
      if (isNew && rows.size > 0 && (rows.size === ROWS || text + row.content.length > TEXT)) {
        through = { id: entry.id, row: row.row };
        return changeSet(stores, rows, deleted, through, true);
      }
      if (isNew) text += row.content.length;
      rows.set(row.row, row);
    }
    through = { id: entry.id + 1, row: 0 };
  }
  return changeSet(stores, rows, deleted, through, entries.length === ENTRIES);
}

function changeSet(
  stores: Stores,
  rows: Map<number, MessageRow>,
  deleted: Set<string>,
  through: ChangeMark,
  more: boolean,
): ChangeSet {
  const derived = stores.memories.byRows([...rows.keys()]);
  const lives = livesToStore(stores, [...rows.keys()], Date.now());
  return {
    rows: [...rows.values()].map((row) => toStored(row, derived.get(row.row), lives.get(row.row))),
    deletedIds: [...deleted],
    through,
    more,
  };
}

/** Forgets what Postgres has. */
export function confirmChanges({ outbox }: Stores, { id, row }: ChangeMark): void {
  outbox.removeThrough(id - 1);
  if (row > 0) outbox.shorten(id, row);
}

function toStored(row: MessageRow, memory: Memory | undefined, place: StoredPlace | undefined): StoredMessage {
  return {
    id: row.id,
    seq: row.row,
    naturalKey: row.natural_key,
    messageId: row.message_id,
    conversationId: row.conversation_id,
    role: row.role,
    speaker: row.speaker,
    content: row.content,
    sentAt: row.sent_at,
    acceptedAt: row.accepted_at,
    metadata: row.metadata === null ? null : JSON.parse(row.metadata),
    keystrokes: row.keystrokes === null ? null : JSON.parse(row.keystrokes),
    vector: memory ? { model: memory.model, scale: memory.scale, bytes: new Uint8Array(memory.vector.buffer) } : null,
    position: place ? (memory?.position ?? null) : null,
    life: place?.life ?? null,
    category: place?.category ?? null,
    strength: place?.strength ?? null,
  };
}
