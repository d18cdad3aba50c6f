import { LIMITS } from '../../src/messages/contract.ts';
import type { StoredMessage } from '../../src/persistence/messages.ts';
import type { ChangeMark, ChangeSet } from '../../src/tasks/sync.ts';
import type { Memory } from '../stores/memory-store.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { Stores } from '../stores/stores.ts';
import { livesToStore, type StoredPlace } from './life-backup.ts';
import type { RecordGroups } from './record-groups.ts';

const ENTRIES = 200;
/** No entry spans more rows than a request may bring, so one read of an entry sees all of it. */
const ROWS = LIMITS.messagesPerRequest;
/** Text that one change set may carry, in UTF-16 units; one message always fits. */
const TEXT = 2_000_000;
/** Records that one change set may carry: of those that hold vectors, some 20 KB each. */
const RECORDS = 100;

/** Messages, and what has become of them. */
type MessageChanges = Pick<ChangeSet, 'rows' | 'deletedIds' | 'more'> & { through: Pick<ChangeMark, 'id' | 'row'> };

/** The oldest unsaved changes, at most `ROWS` messages or `TEXT` of content; null if everything is saved. */
export function nextChanges(stores: Stores, groups: RecordGroups): ChangeSet | null {
  const said = changedMessages(stores);
  const records = groups.changed(RECORDS);
  if (!said && records.length === 0) return null;
  return {
    rows: said?.rows ?? [],
    deletedIds: said?.deletedIds ?? [],
    records,
    bornAt: stores.meta.bornAt(),
    through: { id: 0, row: 0, ...said?.through, record: records.at(-1)?.seq ?? 0 },
    more: said?.more === true || records.length === RECORDS,
  };
}

function changedMessages(stores: Stores): MessageChanges | null {
  const { outbox, messages } = stores;
  const entries = outbox.oldest(ENTRIES);
  if (entries.length === 0) return null;
  const rows = new Map<number, MessageRow>();
  const deleted = new Set<string>();
  let through = { id: 0, row: 0 };
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
  through: MessageChanges['through'],
  more: boolean,
): MessageChanges {
  return { rows: storedMessages(stores, [...rows.values()]), deletedIds: [...deleted], through, more };
}

/** Forgets what Postgres has. */
export function confirmChanges({ outbox, records }: Stores, { id, row, record }: ChangeMark): void {
  outbox.removeThrough(id - 1);
  if (row > 0) outbox.shorten(id, row);
  records.removeThrough(record); // one that changed since has a higher number
}

/** Messages by their rows, as Postgres holds them. */
export function storedMessages(stores: Stores, rows: readonly MessageRow[]): StoredMessage[] {
  const numbers = rows.map(({ row }) => row);
  const derived = stores.memories.byRows(numbers);
  const lives = livesToStore(stores, numbers, Date.now());
  return rows.map((row) => toStored(row, derived.get(row.row), lives.get(row.row)));
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
