import type { Owner, Principal } from '../auth/contract.ts';
import { principalAtOnce, principalByKey } from '../auth/known-keys.ts';
import { holdToRate, ownerFor } from '../auth/middleware.ts';
import type { Env } from '../env.ts';
import { AppError } from '../shared/errors.ts';

/** How the route tells the object whose socket it is: hex SHA-256 of the API key. Without it: a ticket, which only reads. */
export const KEY_HASH_HEADER = 'x-key-hash';

/**
 * Whether a message may be said over a socket now. A socket lives long, so its key is looked at again with each message
 * (from memory, at most a minute old): what was revoked writes no more.
 *
 * @param keyHash of the key that opened the socket; null: a ticket did
 * @param later where work goes on after the answer
 * @returns a promise only where the key has to be asked for
 * @throws AppError `forbidden`, `unauthenticated`, `not_found`, `rate_limited`, `unavailable`; or the promise does
 */
export function admitSpeaker(
  env: Env,
  owner: Owner,
  keyHash: string | null,
  later: (work: Promise<void>) => void,
): Promise<void> | undefined {
  if (keyHash === null) throw new AppError('forbidden', 'A ticket only listens; open the socket with an API key.');
  const principal = principalAtOnce(keyHash);
  if (principal === undefined) return principalByKey(keyHash, env, later).then((asked) => admit(asked, owner));
  admit(principal, owner);
  return undefined;
}

function admit(principal: Principal | null, owner: Owner): void {
  if (principal === null || principal.tenantId !== owner.tenantId) {
    throw new AppError('unauthenticated', 'This API key is not valid any more.');
  }
  holdToRate(principal);
  ownerFor(principal, 'ingest', owner.userId);
}
