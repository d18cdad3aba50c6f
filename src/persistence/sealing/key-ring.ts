import type { Owner } from '../../auth/contract.ts';
import { type NamedSecret, parseNamedSecrets } from '../../auth/named-secrets.ts';

/** A data key as the database holds it. */
export interface WrappedKey {
  /** 16 hex digits */
  id: string;
  /** names the secret it is wrapped under */
  keyName: string;
  /** nonce (12 bytes), then AES-256-GCM of the 32 bytes of the key */
  wrapped: Uint8Array;
}

const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const encoder = new TextEncoder();

/**
 * The secrets of `ENCRYPTION_KEYS`. From each a key is derived for each tenant (HKDF-SHA-256), and that wraps the data
 * keys of its users. The first wraps, all of them unwrap.
 */
export class KeyRing {
  private readonly secrets: readonly NamedSecret[];

  constructor(secrets: readonly NamedSecret[]) {
    this.secrets = secrets;
  }

  /** Name of the secret that wraps. */
  get current(): string {
    return this.secrets[0]!.name;
  }

  /** @param bytes 32 */
  async wrap(owner: Owner, id: string, bytes: Uint8Array<ArrayBuffer>): Promise<WrappedKey> {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const key = await this.tenantKey(this.secrets[0]!, owner.tenantId);
    const body = new Uint8Array(await crypto.subtle.encrypt(gcm(nonce, owner, id), key, bytes));
    const wrapped = new Uint8Array(NONCE_BYTES + body.length);
    wrapped.set(nonce);
    wrapped.set(body, NONCE_BYTES);
    return { id, keyName: this.current, wrapped };
  }

  /** @returns the 32 bytes; null: no secret of that name is set, or it is another one, or what is stored was changed */
  async unwrap(owner: Owner, { id, keyName, wrapped }: WrappedKey): Promise<Uint8Array<ArrayBuffer> | null> {
    const secret = this.secrets.find(({ name }) => name === keyName);
    if (!secret) return null;
    const nonce = wrapped.slice(0, NONCE_BYTES);
    const key = await this.tenantKey(secret, owner.tenantId);
    try {
      const bytes = await crypto.subtle.decrypt(gcm(nonce, owner, id), key, wrapped.slice(NONCE_BYTES));
      return bytes.byteLength === KEY_BYTES ? new Uint8Array(bytes) : null;
    } catch {
      return null;
    }
  }

  /** @see RFC 5869 (HKDF) */
  private async tenantKey({ secret }: NamedSecret, tenantId: string): Promise<CryptoKey> {
    const material = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey']);
    return crypto.subtle.deriveKey(
      {
        ...{ name: 'HKDF', hash: 'SHA-256' },
        salt: encoder.encode('palimpsest'),
        info: encoder.encode(`tenant-key ${tenantId}`),
      },
      material,
      { name: 'AES-GCM', length: 256 },
      false,
      ['encrypt', 'decrypt'],
    );
  }
}

/** Bound to whose key it is: one that is put in another user's row does not open. */
const gcm = (iv: Uint8Array<ArrayBuffer>, { tenantId, userId }: Owner, id: string) => ({
  ...{ name: 'AES-GCM', iv },
  additionalData: encoder.encode(JSON.stringify(['user_keys', tenantId, userId, id])),
});

/**
 * @param text `ENCRYPTION_KEYS`: `name:secret`, several parted by commas, the newest first
 * @returns null if it names none, two of one name, or one that is not of this form
 */
export function parseKeyRing(text: string): KeyRing | null {
  const secrets = parseNamedSecrets(text);
  if (secrets === null || new Set(secrets.map(({ name }) => name)).size < secrets.length) return null;
  return new KeyRing(secrets);
}
