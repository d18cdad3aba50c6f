import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { AppError } from '../shared/errors.ts';
import { log } from '../shared/log.ts';
import type { AppEnv } from './app-env.ts';

/** By tenant: the origins whose pages may ask, as in `https://app.example`. No pattern, no `*`. */
const AllowedOrigins = z.record(
  z.string(),
  z.array(z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, 'No origin.')),
);
type AllowedOrigins = z.infer<typeof AllowedOrigins>;

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const HEADERS = 'authorization, content-type, idempotency-key, x-request-id';
const EXPOSED = 'x-request-id, retry-after, location';
/** How long a browser may remember a preflight. */
const MAX_AGE_SECONDS = 600;

let held: { text: string; origins: AllowedOrigins } = { text: '', origins: {} };

/** `ALLOWED_ORIGINS` as it is read once an isolate. What cannot be read allows nothing. */
function originsOf(env: AppEnv['Bindings']): AllowedOrigins {
  const text = env.ALLOWED_ORIGINS ?? '';
  if (held.text !== text) {
    let origins: AllowedOrigins = {};
    try {
      origins = AllowedOrigins.parse(JSON.parse(text));
    } catch {
      log.error('ALLOWED_ORIGINS cannot be read, so no other origin is allowed');
    }
    held = { text, origins };
  }
  return held.origins;
}

/**
 * Whether pages of an origin may ask in the name of a tenant. Before the tenant is known (a preflight carries no key, a
 * refused key has no tenant) it is enough that any tenant allows it: nothing of a tenant is told then.
 */
function allows(c: Context<AppEnv>, origin: string): boolean {
  const origins = originsOf(c.env);
  const principal = c.var.principal as AppEnv['Variables']['principal'] | undefined;
  const lists = principal
    ? [Object.hasOwn(origins, principal.tenantId) ? origins[principal.tenantId]! : []]
    : Object.values(origins);
  return lists.some((list) => list.includes(origin));
}

/** The origin of a page elsewhere that asks, or null. Programs send none; pages of this very service need no leave. */
function foreignOrigin(c: Context<AppEnv>): string | null {
  const origin = c.req.header('origin');
  return origin === undefined || origin === new URL(c.req.url).origin ? null : origin;
}

/** Answers preflights, and lets pages of allowed origins read the answers. No cookie is ever used, so none is allowed. */
export const cors = createMiddleware<AppEnv>(async (c, next) => {
  const origin = foreignOrigin(c);
  if (origin === null) return next();
  if (c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined) {
    if (!allows(c, origin)) throw new AppError('forbidden', 'Pages of this origin may not ask.');
    return c.body(null, 204, {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': HEADERS,
      'access-control-max-age': String(MAX_AGE_SECONDS),
      vary: 'Origin',
    });
  }
  await next();
  if (c.res.status === 101) return;
  c.res.headers.append('vary', 'Origin');
  if (!allows(c, origin)) return;
  c.res.headers.set('access-control-allow-origin', origin);
  c.res.headers.set('access-control-expose-headers', EXPOSED);
});

/**
 * Browsers let any page open a WebSocket anywhere, so the server must look at who asks.
 * @throws AppError `forbidden` for a page of an origin that the tenant does not allow
 */
export function requireOrigin(c: Context<AppEnv>): void {
  const origin = foreignOrigin(c);
  if (origin !== null && !allows(c, origin)) throw new AppError('forbidden', 'Pages of this origin may not ask.');
}
