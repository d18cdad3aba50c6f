import { hexOf } from '../shared/hex.ts';
import type { Owner } from './contract.ts';

/** So that no key made of the secret can stand in for another. */
type Purpose = 'person' | 'receipt' | 'archive';

const encoder = new TextEncoder();

/** 32 bytes for one purpose. @param secret SERVICE_SECRET @see RFC 5869 (HKDF) */
async function derived(secret: string, purpose: Purpose, info = ''): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: encoder.encode('palimpsest'), info: encoder.encode(`${purpose} ${info}`) },
    key,
    256,
  );
  return new Uint8Array(bits);
}

const hmacKey = (bytes: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);

/** What stands for a person where nothing may tell who it is: hex, the same each time; nobody without the secret can make it. */
export async function personHash(secret: string, { tenantId, userId }: Owner): Promise<string> {
  const key = await hmacKey(await derived(secret, 'person'));
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(JSON.stringify([tenantId, userId])));
  return hexOf(new Uint8Array(mac));
}

/** Seals the archives of one tenant. */
export async function archiveKey(secret: string, tenantId: string): Promise<CryptoKey> {
  return hmacKey(await derived(secret, 'archive', tenantId));
}

/** Before the 32 bytes of an Ed25519 private key. @see RFC 8410 */
const PKCS8_HEAD = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/** The key pair that signs receipts; the public one may be shown to anyone, base64url. */
export async function receiptKeys(secret: string): Promise<{ sign: CryptoKey; publicKey: string }> {
  const bytes = Uint8Array.from([...PKCS8_HEAD, ...(await derived(secret, 'receipt'))]);
  const sign = await crypto.subtle.importKey('pkcs8', bytes, { name: 'Ed25519' }, true, ['sign']);
  const { x } = (await crypto.subtle.exportKey('jwk', sign)) as JsonWebKey;
  return { sign, publicKey: x! };
}
