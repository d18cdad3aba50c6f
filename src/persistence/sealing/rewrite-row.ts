import type { StoredLife } from '../../../drizzle/schema.ts';
import type { Owner } from '../../auth/contract.ts';
import { fromBase64, toBase64 } from '../../shared/base64.ts';
import type { StoredRecord } from '../records.ts';
import { type DataKey, type Place, seal } from './envelope.ts';
import {
  lifeBytes,
  lifePlace,
  openMemory,
  openSaid,
  type Said,
  saidBytes,
  saidPlace,
  vectorBytes,
  vectorPlace,
} from './message-codec.ts';
import { bodyBytes, openRecord, recordPlace } from './record-codec.ts';

/** How rows of a person are written anew. */
export interface Rewriting {
  /** open what is sealed */
  keys: ReadonlyMap<string, DataKey>;
  owner: Owner;
  /** seals; null: what is written is plain */
  key: DataKey | null;
}

type Base64 = string | null;
type PlainSaid = { [Field in keyof Said]: Said[Field] | null };
export type MessageRow = PlainSaid & { id: string; sealed: Base64 };
export interface MemoryRow {
  id: string;
  model: string | null;
  scale: number | null;
  embedding: Base64;
  life: StoredLife | null;
  vector: Base64;
  sealedLife: Base64;
}
export type RecordRow = Omit<StoredRecord, 'body'> & { body: StoredRecord['body'] | null; sealed: Base64 };

const bytesOf = (text: Base64) => (text === null ? null : fromBase64(text));

const sealedBase64 = async (key: DataKey, owner: Owner, place: Place, value: Uint8Array) =>
  toBase64(await seal(key, owner, place, value));

/** @returns the columns, null if the row cannot be read */
export async function rewriteMessage({ keys, owner, key }: Rewriting, row: MessageRow) {
  const said = await openSaid(keys, owner, { ...row, sealed: bytesOf(row.sealed) });
  if ('unreadable' in said) return null;
  return key
    ? { sealed: await sealedBase64(key, owner, saidPlace(row.id), saidBytes(said)) }
    : { ...said, sealed: null };
}

/** As `rewriteMessage`. */
export async function rewriteMemory({ keys, owner, key }: Rewriting, row: MemoryRow) {
  const [embedding, sealedVector, sealedLife] = [row.embedding, row.vector, row.sealedLife].map(bytesOf);
  const { id, model, scale, life: plainLife } = row;
  const stored = {
    id,
    model,
    scale,
    life: plainLife,
    embedding: embedding!,
    sealedVector: sealedVector!,
    sealedLife: sealedLife!,
  };
  const { vector, life, damaged } = await openMemory(keys, owner, stored);
  if (damaged || (vector === null && (row.embedding ?? row.vector) !== null)) return null;
  if (!key) return { embedding: vector && toBase64(vector.bytes), scale: vector?.scale ?? null, life };
  return {
    vector: vector && (await sealedBase64(key, owner, vectorPlace(id), vectorBytes(vector))),
    sealedLife: life && (await sealedBase64(key, owner, lifePlace(id), lifeBytes(life))),
  };
}

/** As `rewriteMessage`. */
export async function rewriteRecord({ keys, owner, key }: Rewriting, row: RecordRow) {
  const record = await openRecord(keys, owner, { ...row, sealed: bytesOf(row.sealed) });
  if ('unreadable' in record) return null;
  return key
    ? { sealed: await sealedBase64(key, owner, recordPlace(row), bodyBytes(record.body)) }
    : { body: record.body };
}
