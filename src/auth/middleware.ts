import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../http/app-env.ts';
import { DEFAULT_RATE_PER_MINUTE, RateLimiter } from '../http/rate-limit.ts';
import { findKeyByHash } from '../persistence/api-keys.ts';
import { openDb } from '../persistence/db.ts';
import { AppError } from '../shared/errors.ts';
import { bearerKey, hashKey } from './api-key.ts';
import type { Owner, Principal, Scope } from './contract.ts';
import { KeyLookup } from './key-lookup.ts';

const KV_PREFIX = 'key:';
/** How long KV keeps the last known answer for an outage of Postgres. */
const KV_TTL_SECONDS = 86_400;

const keys = new KeyLookup();
const limiter = new RateLimiter();
/** Hashes of the keys seen lately: an application sends the same key with every request. */
const hashes = new Map<string, string>();
const MAX_HASHES = 1_000;

/** Sets `principal` from the API key, and holds the key to its rate. */
export const authenticate = createMiddleware<AppEnv>(async (c, next) => {
  const key = bearerKey(c.req.header('authorization'));
  if (!key) throw new AppError('unauthenticated', 'Send an API key: "Authorization: Bearer pal_…".');
  const principal = await principalOf(hashOf(key), c.env);
  if (!principal) throw new AppError('unauthenticated', 'This API key is not valid.');

  const wait = limiter.take(principal.keyId, principal.ratePerMinute ?? DEFAULT_RATE_PER_MINUTE, Date.now());
  if (wait > 0) throw new AppError('rate_limited', 'This API key is over its rate.', { retryAfterSeconds: wait });
  c.set('principal', principal);
  await next();
});

function hashOf(key: string): string {
  const known = hashes.get(key);
  if (known !== undefined) return known;
  const hash = hashKey(key);
  if (hashes.size >= MAX_HASHES) hashes.clear();
  hashes.set(key, hash);
  return hash;
}

async function principalOf(hash: string, env: AppEnv['Bindings']): Promise<Principal | null> {
  try {
    return await keys.principal(hash, {
      find: async (wanted) => {
        const row = await findKeyByHash(openDb(env), wanted);
        if (!row || row.revokedAt) return null;
        const { id: keyId, tenantId, scopes, userId, ratePerMinute, expiresAt } = row;
        return { principal: { keyId, tenantId, scopes, userId, ratePerMinute }, expiresAt };
      },
      recall: (wanted) => env.KV.get(KV_PREFIX + wanted),
      remember: (wanted, text) => env.KV.put(KV_PREFIX + wanted, text, { expirationTtl: KV_TTL_SECONDS }),
      now: Date.now,
    });
  } catch (error) {
    console.error('key store unreachable', { error: String(error) });
    throw new AppError('unavailable', 'API keys cannot be checked right now.', { retryAfterSeconds: 5 });
  }
}

/** @throws AppError `forbidden` if the key lacks the scope; a missing scope never means "everything" */
export function requireScope(principal: Principal, scope: Scope): void {
  if (!principal.scopes.includes(scope)) throw new AppError('forbidden', `This API key lacks the scope "${scope}".`);
}

/**
 * The person a request is about, within the tenant of its key.
 *
 * @throws AppError `forbidden` without the scope; `not_found` if the key is bound to another person, since anything
 *   else would tell that the person exists
 */
export function ownerFor(principal: Principal, scope: Scope, userId: string): Owner {
  requireScope(principal, scope);
  if (principal.userId !== null && principal.userId !== userId) throw new AppError('not_found', 'No such user.');
  return { tenantId: principal.tenantId, userId };
}
