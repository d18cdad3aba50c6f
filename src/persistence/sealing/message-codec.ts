import type { memories, messages, StoredLife } from '../../../drizzle/schema.ts';
import type { Owner } from '../../auth/contract.ts';
import { toBase64 } from '../../shared/base64.ts';
import { iso } from '../../shared/instant.ts';
import type { StoredMessage, StoredVector } from '../messages.ts';
import { type DataKey, open, type Place, seal, type UnreadableReason } from './envelope.ts';

/** What of a message its row holds sealed. */
export type Said = Pick<
  StoredMessage,
  'content' | 'speaker' | 'conversationId' | 'messageId' | 'metadata' | 'keystrokes'
>;

type MessageRow = typeof messages.$inferSelect;
type MemoryRow = typeof memories.$inferSelect;
type Keys = ReadonlyMap<string, DataKey>;

/** A row that is there and cannot be read. */
export interface UnreadableMessage {
  id: string;
  seq: number;
  unreadable: UnreadableReason;
}

const SCALE_BYTES = 8;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const saidPlace = (id: string): Place => ({ table: 'messages', column: 'sealed', id });
export const vectorPlace = (id: string): Place => ({ table: 'memories', column: 'sealed_vector', id });
export const lifePlace = (id: string): Place => ({ table: 'memories', column: 'sealed_life', id });

export const saidBytes = ({ content, speaker, conversationId, messageId, metadata, keystrokes }: Said): Uint8Array =>
  encoder.encode(JSON.stringify({ content, speaker, conversationId, messageId, metadata, keystrokes }));

export const lifeBytes = (life: StoredLife): Uint8Array => encoder.encode(JSON.stringify(life));

/** The scale (float64, little-endian), then the int8 of each dimension. */
export function vectorBytes({ scale, bytes }: Pick<StoredVector, 'scale' | 'bytes'>): Uint8Array {
  const packed = new Uint8Array(SCALE_BYTES + bytes.length);
  new DataView(packed.buffer).setFloat64(0, scale, true);
  packed.set(bytes, SCALE_BYTES);
  return packed;
}

/** A message as `jsonb_to_recordset` takes it into `messages`. */
export const messageRecord = async (key: DataKey, owner: Owner, row: StoredMessage) => ({
  id: row.id,
  seq: row.seq,
  natural_key: row.naturalKey,
  role: row.role,
  sent_at: iso(row.sentAt),
  accepted_at: iso(row.acceptedAt),
  sealed: toBase64(await seal(key, owner, saidPlace(row.id), saidBytes(row))),
});

/** What was derived from a message, as `jsonb_to_recordset` takes it into `memories`. */
export const memoryRecord = async (key: DataKey, owner: Owner, { id, vector, life, ...row }: StoredMessage) => ({
  id,
  position: row.position && `(${row.position.join(',')})`,
  vector: vector && toBase64(await seal(key, owner, vectorPlace(id), vectorBytes(vector))),
  model: vector?.model ?? null,
  life: life && toBase64(await seal(key, owner, lifePlace(id), lifeBytes(life))),
  category: row.category,
  strength: row.strength,
});

/** A message as its row and that of its memory hold it, sealed or not. */
export async function openMessage(
  keys: Keys,
  owner: Owner,
  message: MessageRow,
  memory: MemoryRow | null,
): Promise<StoredMessage | UnreadableMessage> {
  const { id, seq, naturalKey, role, sentAt, acceptedAt } = message;
  const said = await openSaid(keys, owner, message);
  if ('unreadable' in said) return { id, seq, unreadable: said.unreadable };
  const opened = memory && (await openMemory(keys, owner, derivedRow(memory)));
  return {
    ...{ id, seq, naturalKey, role, sentAt: sentAt.getTime(), acceptedAt: acceptedAt.getTime() },
    ...said,
    vector: opened?.vector ?? null,
    position: memory?.position3d ?? null,
    life: opened?.life ?? null,
    category: memory?.semanticCategory ?? null,
    strength: memory && opened?.life ? memory.memoryStrength : null,
    ...(opened?.damaged === undefined ? {} : { damaged: opened.damaged }),
  };
}

/** What was said, of a row that holds it sealed or not. */
export async function openSaid(
  keys: Keys,
  owner: Owner,
  row: { [Field in keyof Said]: Said[Field] | null } & { id: string; sealed: Uint8Array | null },
): Promise<Said | { unreadable: UnreadableReason }> {
  if (row.sealed === null) return plainSaid(row);
  const opened = await open(keys, owner, saidPlace(row.id), row.sealed);
  return opened.ok ? (JSON.parse(decoder.decode(opened.bytes)) as Said) : { unreadable: opened.reason };
}

/** A row from before there was encryption. */
function plainSaid({
  content,
  speaker,
  conversationId,
  messageId,
  metadata,
  keystrokes,
}: { [Field in keyof Said]: Said[Field] | null }): Said {
  // the constraint `messages_sealed_or_plain` says that they are there
  return { content: content!, speaker, conversationId: conversationId!, messageId, metadata, keystrokes };
}

interface Derived {
  vector: StoredVector | null;
  life: StoredLife | null;
  damaged?: UnreadableReason;
}

/** What a row of `memories` holds of a vector and a life. */
interface DerivedRow {
  id: string;
  model: string | null;
  scale: number | null;
  embedding: Uint8Array | null;
  life: StoredLife | null;
  sealedVector: Uint8Array | null;
  sealedLife: Uint8Array | null;
}

/** What cannot be read of a memory is left out: the message is whole without it, and it can be derived anew. */
export async function openMemory(keys: Keys, owner: Owner, row: DerivedRow): Promise<Derived> {
  const { id, model, scale, embedding, sealedVector, sealedLife } = row;
  const derived: Derived = {
    vector: embedding && scale !== null && model !== null ? { model, scale, bytes: embedding } : null,
    life: row.life,
  };
  if (sealedVector && model !== null) {
    const opened = await open(keys, owner, vectorPlace(id), sealedVector);
    if (opened.ok) derived.vector = { model, ...unpacked(opened.bytes) };
    else derived.damaged = opened.reason;
  }
  if (sealedLife) {
    const opened = await open(keys, owner, lifePlace(id), sealedLife);
    if (opened.ok) derived.life = JSON.parse(decoder.decode(opened.bytes));
    else derived.damaged = opened.reason;
  }
  return derived;
}

const derivedRow = ({ messageId, embeddingModel, embeddingScale, ...row }: MemoryRow): DerivedRow => ({
  ...row,
  id: messageId,
  model: embeddingModel,
  scale: embeddingScale,
});

const unpacked = (packed: Uint8Array): Pick<StoredVector, 'scale' | 'bytes'> => ({
  scale: new DataView(packed.buffer, packed.byteOffset).getFloat64(0, true),
  bytes: packed.slice(SCALE_BYTES),
});
