import { createHash } from 'node:crypto';

/** `pal_`, 8 characters that name the key, `_`, 32 characters of secret (190 bits). Shown once, stored hashed. */
const API_KEY = /^pal_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}$/;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The key in an `Authorization` header, or null if there is none of our form. */
export function bearerKey(header: string | undefined): string | null {
  const match = /^Bearer +(\S+)$/i.exec(header ?? '');
  return match && API_KEY.test(match[1]!) ? match[1]! : null;
}

/** @returns hex SHA-256. A key has 190 random bits, so a plain hash suffices and a look-up by it leaks no timing. */
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex');

/** @returns a new key and the part that may be shown later */
export function newApiKey(): { key: string; prefix: string } {
  const prefix = `pal_${randomText(8)}`;
  return { key: `${prefix}_${randomText(32)}`, prefix };
}

function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      // 248 = 4 * 62: the rest would favour the first letters
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62];
    }
  }
  return text;
}
