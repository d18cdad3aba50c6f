import { inKvTime } from '../cache/kv-time.ts';
import { tallyOf } from '../cache/tally.ts';
import type { Env } from '../env.ts';
import { count } from '../metrics/recorder.ts';
import { findKeyByHash } from '../persistence/api-keys.ts';
import { openDb } from '../persistence/db.ts';
import { AppError } from '../shared/errors.ts';
import { log } from '../shared/log.ts';
import { hashKey } from './api-key.ts';
import type { Principal } from './contract.ts';
import { KeyLookup, type KeyLookupPorts } from './key-lookup.ts';

const KV_PREFIX = 'key:';
/** How long KV keeps the last known answer for an outage of Postgres. */
const KV_TTL_SECONDS = 86_400;

const keys = new KeyLookup();
const TALLIES = { l1: tallyOf('apiKeys', 'l1'), kv: tallyOf('apiKeys', 'kv') };
/** Hashes of the keys seen lately: an application sends the same key with every request. */
const hashes = new Map<string, string>();
const MAX_HASHES = 1_000;

const portsOf = (env: Env): KeyLookupPorts => ({
  find: async (wanted) => {
    const row = await findKeyByHash(openDb(env), wanted);
    if (!row || row.revokedAt) return null;
    const { id: keyId, tenantId, scopes, userId, ratePerMinute, expiresAt } = row;
    return { principal: { keyId, tenantId, scopes, userId, ratePerMinute }, expiresAt };
  },
  recall: (wanted) => {
    count('kv_operations_total', { operation: 'read' });
    return inKvTime(env.KV.get(KV_PREFIX + wanted));
  },
  remember: (wanted, text) => {
    count('kv_operations_total', { operation: 'write' });
    return inKvTime(env.KV.put(KV_PREFIX + wanted, text, { expirationTtl: KV_TTL_SECONDS }));
  },
  now: Date.now,
  random: Math.random,
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  tally: (tier, result) => TALLIES[tier](result),
});

/** @returns hex SHA-256 of a key, remembered for the keys seen lately */
export function hashOf(key: string): string {
  const known = hashes.get(key);
  if (known !== undefined) return known;
  const hash = hashKey(key);
  if (hashes.size >= MAX_HASHES) hashes.clear();
  hashes.set(key, hash);
  return hash;
}

/** Whether a look-up of this key would ask nobody. */
export const isAtHand = (hash: string): boolean => keys.holds(hash, Date.now());

/**
 * Who holds a key; null if it is unknown, revoked or expired.
 *
 * @param later where what is asked goes on after the answer
 * @throws AppError `unavailable` while that cannot be told
 */
export async function principalByKey(
  hash: string,
  env: Env,
  later: (work: Promise<void>) => void,
): Promise<Principal | null> {
  try {
    return await keys.principal(hash, { ...portsOf(env), later });
  } catch (error) {
    log.error('key store unreachable', { error });
    throw new AppError('unavailable', 'API keys cannot be checked right now.', { retryAfterSeconds: 5 });
  }
}

/** As `principalByKey`, without waiting; undefined where that would ask somebody. */
export function principalAtOnce(hash: string): Principal | null | undefined {
  const principal = keys.atOnce(hash, Date.now());
  if (principal !== undefined) TALLIES.l1('hit');
  return principal;
}

/** Tells the caches that a key was revoked. */
export const noteRevoked = (hash: string, env: Env): Promise<void> => keys.revoked(hash, portsOf(env));
