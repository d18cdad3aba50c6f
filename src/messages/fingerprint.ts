import { createHash } from 'node:crypto';
import type { NewMessage } from './contract.ts';

/** What an `Idempotency-Key` stands for: hex SHA-256 of the request as it was understood. */
export const fingerprintOf = (userId: string, messages: NewMessage[]): string =>
  createHash('sha256')
    .update(JSON.stringify([userId, messages]))
    .digest('hex');
