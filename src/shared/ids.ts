import { Buffer } from 'node:buffer';
import { fromBase64 } from './base64.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const MAX_TIME = 2 ** 48 - 1;

/**
 * A ULID: 48 bits of time and 80 bits of what the caller gives, in Crockford base 32, 26 characters.
 *
 * @param time epoch ms; times before 1970 count as 1970
 * @param entropy at least 10 bytes, of which the first 10 are used
 * @see https://github.com/ulid/spec
 */
export function ulid(time: number, entropy: Uint8Array): string {
  let clock = Math.min(Math.max(Math.trunc(time), 0), MAX_TIME);
  let head = '';
  for (let i = 0; i < 10; i++) {
    head = CROCKFORD[clock % 32]! + head;
    clock = Math.floor(clock / 32);
  }
  let tail = '';
  let bits = 0;
  let held = 0;
  for (let i = 0; i < 10; i++) {
    held = ((held << 8) | entropy[i]!) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      tail += CROCKFORD[(held >> bits) & 31]!;
    }
  }
  return head + tail;
}

/** The 80 bits at the end of a ULID as 20 hex digits, or null if the text is no ULID. */
export function ulidEntropyHex(id: string): string | null {
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)) return null;
  let value = 0n;
  for (const char of id.slice(10)) value = value * 32n + BigInt(CROCKFORD.indexOf(char));
  return value.toString(16).padStart(20, '0');
}

export const newUlid = (now: number): string => ulid(now, crypto.getRandomValues(new Uint8Array(10)));

const TASK_ID = /^task_([0-9A-HJKMNP-TV-Z]{26})_([A-Za-z0-9_-]+)$/;

/**
 * The public id of a task: its ULID and the person it belongs to, so that `GET /tasks/{id}` finds the object without an
 * index. It grants nothing: the tenant comes from the key.
 */
export function taskId(id: string, userId: string): string {
  return `task_${id}_${Buffer.from(userId).toString('base64url')}`;
}

/** The parts of a task's public id, or null if it is none. */
export function parseTaskId(text: string): { id: string; userId: string } | null {
  const match = TASK_ID.exec(text);
  if (!match) return null;
  try {
    const bytes = fromBase64(match[2]!.replaceAll('-', '+').replaceAll('_', '/'));
    const userId = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { id: match[1]!, userId };
  } catch {
    return null; // not base64, or not UTF-8
  }
}
