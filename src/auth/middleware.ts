import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../http/app-env.ts';
import type { Asking } from '../http/mirror-port.ts';
import { DEFAULT_RATE_PER_MINUTE, DEFAULT_USER_RATE_PER_MINUTE, RateLimiter } from '../http/rate-limit.ts';
import { count, seen } from '../metrics/recorder.ts';
import { AppError } from '../shared/errors.ts';
import { bearerKey } from './api-key.ts';
import type { Owner, Principal, Scope } from './contract.ts';
import { FailureGate, networkOf } from './failure-gate.ts';
import { hashOf, isAtHand, principalByKey } from './known-keys.ts';
import { readTicket } from './ticket.ts';
import { ticketKeysOf } from './ticket-keys.ts';

const keyRates = new RateLimiter();
const userRates = new RateLimiter();
const gate = new FailureGate();

/** The only routes at which a credential may stand in the URL, since a browser cannot send a header with a WebSocket. */
const SOCKETS = '/api/v1/ws/';
const NO_KEY = 'Send an API key: "Authorization: Bearer pal_…".';
const BAD_KEY = 'This API key is not valid.';
const BAD_TICKET = 'This ticket is not valid, or no longer.';

/** Sets `principal` from the API key or ticket, and holds it to its rate. */
export const authenticate = createMiddleware<AppEnv>(async (c, next) => {
  const principal = await principalOf(c);
  holdToRate(principal);
  c.set('principal', principal);
  await next();
});

/** Counts one request of a key, or one message said over a socket. @throws AppError `rate_limited` */
export function holdToRate({ keyId, ratePerMinute }: Principal): void {
  const wait = keyRates.take(keyId, ratePerMinute ?? DEFAULT_RATE_PER_MINUTE, Date.now());
  if (wait > 0) {
    count('rate_limited_total', { limit: 'key' });
    throw new AppError('rate_limited', 'This API key is over its rate.', { retryAfterSeconds: wait });
  }
}

/** @throws AppError `unauthenticated`, or `rate_limited` where too many attempts from one address failed */
async function principalOf(c: Context<AppEnv>): Promise<Principal> {
  const header = c.req.header('authorization');
  const key = bearerKey(header);
  const hash = key === null ? null : hashOf(key);
  const from = c.req.header('cf-connecting-ip');
  const address = from === undefined ? null : networkOf(from);
  const wait = address === null || (hash !== null && isAtHand(hash)) ? 0 : gate.wait(address, Date.now());
  if (wait > 0) {
    count('rate_limited_total', { limit: 'address' });
    throw new AppError('rate_limited', 'Too many attempts from this address failed.', { retryAfterSeconds: wait });
  }
  const later = (work: Promise<void>) => c.executionCtx.waitUntil(work);
  const found = hash === null ? await byTicket(c, header) : await principalByKey(hash, c.env, later);
  if (typeof found === 'object' && found !== null) return found;
  if (address !== null) await gate.failed(address, Date.now(), c.env.FAILURES);
  throw new AppError('unauthenticated', found ?? BAD_KEY);
}

/** @returns who comes with a ticket, or what to tell them */
async function byTicket(c: Context<AppEnv>, header: string | undefined): Promise<Principal | string> {
  const inHeader = /^Bearer +(palt_\S+)$/i.exec(header ?? '')?.[1];
  const inUrl = header === undefined && c.req.path.startsWith(SOCKETS) ? c.req.query('ticket') : undefined;
  const text = inHeader ?? inUrl;
  if (text === undefined) return NO_KEY;
  const keys = await ticketKeysOf(c.env);
  const principal = keys && (await readTicket(text, keys, Date.now()));
  // what stands in a URL may end up in somebody's log, so it must open nothing else
  const fits = principal !== null && (inUrl === undefined || principal.scopes.includes('live'));
  return fits ? principal : BAD_TICKET;
}

/**
 * @throws AppError `forbidden` if the key lacks the scope; a missing scope never means "everything". Live events are
 *   part of `read`
 */
export function requireScope(principal: Principal, scope: Scope | 'live'): void {
  const { scopes } = principal;
  if (scopes.includes(scope) || (scope === 'live' && scopes.includes('read'))) return;
  const wanted = scope === 'live' ? 'read' : scope;
  throw new AppError('forbidden', `This ${principal.isTicket ? 'ticket' : 'API key'} lacks the scope "${wanted}".`);
}

/**
 * The person a request is about, within the tenant of its key. It counts the request for that person: keys of one rate
 * share what may be asked of one person.
 *
 * @throws AppError `forbidden` without the scope; `not_found` if the key is bound to another person, since anything
 *   else would tell that the person exists; `rate_limited`
 */
export function ownerFor(principal: Principal, scope: Scope | 'live', userId: string): Owner {
  requireScope(principal, scope);
  if (principal.userId !== null && principal.userId !== userId) throw new AppError('not_found', 'No such user.');
  const rate = principal.ratePerMinute ?? DEFAULT_USER_RATE_PER_MINUTE;
  const wait = userRates.take(`${rate} ${principal.tenantId}\u0000${userId}`, rate, Date.now());
  if (wait > 0) {
    count('rate_limited_total', { limit: 'user' });
    throw new AppError('rate_limited', 'Too many requests are about this user.', { retryAfterSeconds: wait });
  }
  seen(`${principal.tenantId}\u0000${userId}`);
  return { tenantId: principal.tenantId, userId };
}

/** Who asks, for the person's audit log. */
export const askingOf = (c: Context<AppEnv>): Asking => ({
  keyId: c.var.principal.keyId,
  requestId: c.var.requestId,
});

/** @throws AppError `forbidden` unless the key has the scope `admin` and rules the whole tenant */
export function ruledTenant(principal: Principal): string {
  requireScope(principal, 'admin');
  if (principal.userId !== null) throw new AppError('forbidden', 'This API key is bound to one user.');
  return principal.tenantId;
}
