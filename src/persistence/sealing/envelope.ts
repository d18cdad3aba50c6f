import type { Owner } from '../../auth/contract.ts';
import { bytesOfHex, hexOf } from '../../shared/hex.ts';

/** A user's data key: AES-256-GCM. */
export interface DataKey {
  /** 16 hex digits, random: a user who was erased and began anew has another one */
  id: string;
  key: CryptoKey;
}

/** Which value of a user it is. A value that is put anywhere else does not open. */
export interface Place {
  table: 'messages' | 'memories' | 'records';
  column: string;
  /** of the row, within the user and the table */
  id: string;
}

/**
 * Why a value cannot be read: it is too short to be one; it is of a later release; its data key is gone (the user was
 * erased); it is not what was written there (changed, cut, or taken from another row).
 */
export type UnreadableReason = 'truncated' | 'unknown_version' | 'key_missing' | 'altered';

export type Opened = { ok: true; bytes: Uint8Array } | { ok: false; reason: UnreadableReason };

const VERSION = 1;
const ID_AT = 1;
const NONCE_AT = 9;
const BODY_AT = 21;
const TAG_BYTES = 16;
const encoder = new TextEncoder();

/**
 * Encrypts a value. 2^32 values under one key are allowed by NIST for random nonces; a user has a few millions at most.
 *
 * @returns version (1 byte), id of the key (8), nonce (12), ciphertext with its tag (16 bytes more than the value)
 * @see NIST SP 800-38D, 8.3
 */
export async function seal(key: DataKey, owner: Owner, place: Place, value: Uint8Array): Promise<Uint8Array> {
  const nonce = crypto.getRandomValues(new Uint8Array(BODY_AT - NONCE_AT));
  const body = await crypto.subtle.encrypt(gcm(nonce, key.id, owner, place), key.key, value as BufferSource);
  const sealed = new Uint8Array(BODY_AT + body.byteLength);
  sealed[0] = VERSION;
  sealed.set(bytesOfHex(key.id), ID_AT);
  sealed.set(nonce, NONCE_AT);
  sealed.set(new Uint8Array(body), BODY_AT);
  return sealed;
}

/** Id of the key under which a value is sealed; null: it is none of this version. */
export function keyIdOf(sealed: Uint8Array): string | null {
  return sealed[0] === VERSION && sealed.length >= BODY_AT ? hexOf(sealed.subarray(ID_AT, NONCE_AT)) : null;
}

/** Decrypts a value. @param keys the user's, by id */
export async function open(
  keys: ReadonlyMap<string, DataKey>,
  owner: Owner,
  place: Place,
  sealed: Uint8Array,
): Promise<Opened> {
  if (sealed.length < BODY_AT + TAG_BYTES) return { ok: false, reason: 'truncated' };
  const id = keyIdOf(sealed);
  if (id === null) return { ok: false, reason: 'unknown_version' };
  const key = keys.get(id);
  if (!key) return { ok: false, reason: 'key_missing' };
  try {
    const algorithm = gcm(sealed.slice(NONCE_AT, BODY_AT), id, owner, place);
    const bytes = await crypto.subtle.decrypt(algorithm, key.key, sealed.slice(BODY_AT));
    return { ok: true, bytes: new Uint8Array(bytes) };
  } catch {
    return { ok: false, reason: 'altered' };
  }
}

const gcm = (iv: Uint8Array<ArrayBuffer>, keyId: string, { tenantId, userId }: Owner, place: Place) => ({
  ...{ name: 'AES-GCM', iv },
  additionalData: encoder.encode(
    JSON.stringify([VERSION, keyId, tenantId, userId, place.table, place.column, place.id]),
  ),
});
