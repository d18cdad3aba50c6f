import { createHash } from 'node:crypto';
import type { Owner } from '../auth/contract.ts';
import type { Idempotency } from '../http/palace-port.ts';

/** What an `Idempotency-Key` stands for: hex SHA-256 of the request as it was understood. */
export const fingerprintOf = (userId: string, request: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([userId, request]))
    .digest('hex');

/** What a client asked to have answered once, told from other requests under the same key. */
export function onceOf(
  { userId }: Owner,
  { 'idempotency-key': key }: { 'idempotency-key'?: string | undefined },
  request: unknown,
): Idempotency {
  return key === undefined ? null : { key, fingerprint: fingerprintOf(userId, request) };
}
