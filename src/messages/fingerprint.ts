import { createHash } from 'node:crypto';

/** What an `Idempotency-Key` stands for: hex SHA-256 of the request as it was understood. */
export const fingerprintOf = (userId: string, request: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify([userId, request]))
    .digest('hex');
