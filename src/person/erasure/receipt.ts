import { receiptKeys } from '../../auth/service-secret.ts';
import type { Tombstone } from '../../persistence/erasures.ts';
import { iso } from '../../shared/instant.ts';
import type { ErasureReceipt, Signature } from './contract.ts';

const encoder = new TextEncoder();
/** JSON with the members of every object in the order of their names, so that equal values are equal texts (RFC 8785). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}

/** Signs a statement: Ed25519 over the canonical JSON of all its members but `signature`. */
export async function signed<T extends object>(statement: T, secret: string): Promise<T & { signature: Signature }> {
  const { sign, publicKey } = await receiptKeys(secret);
  const value = await crypto.subtle.sign('Ed25519', sign, encoder.encode(canonicalJson(statement)));
  return { ...statement, signature: { algorithm: 'Ed25519', public_key: publicKey, value: base64url(value) } };
}

/**
 * Whether a receipt or a proof is as the service signed it. Anyone can do this: it takes no secret.
 *
 * @param publicKey of the service as it is known from elsewhere, base64url: the one in the statement proves nothing
 */
export async function isGenuine(statement: { signature: Signature | null }, publicKey: string): Promise<boolean> {
  const { signature, ...rest } = statement;
  if (signature === null || signature.public_key !== publicKey) return false;
  const key = await crypto.subtle.importKey('raw', fromBase64url(publicKey), { name: 'Ed25519' }, false, ['verify']);
  const text = encoder.encode(canonicalJson(rest));
  return crypto.subtle.verify('Ed25519', key, fromBase64url(signature.value), text);
}

/** The receipt of an erasure that is complete; made again of the same tombstone it is the same. */
export function receiptOf({ receiptId, personHash, requestedAt, erasedAt, counts }: Tombstone, secret: string) {
  const statement = {
    receipt_id: receiptId,
    status: 'completed' as const,
    subject: personHash,
    requested_at: iso(requestedAt),
    completed_at: iso(erasedAt),
    removed: counts,
  };
  return signed(statement, secret) satisfies Promise<ErasureReceipt>;
}

/** What is said of an erasure that waits for the database. */
export const pendingReceipt = ({ receiptId, personHash, requestedAt, counts }: Tombstone): ErasureReceipt => ({
  receipt_id: receiptId,
  status: 'pending',
  subject: personHash,
  requested_at: iso(requestedAt),
  completed_at: null,
  removed: counts,
  signature: null,
});

const base64url = (bytes: ArrayBuffer) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const fromBase64url = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
