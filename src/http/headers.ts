import { createMiddleware } from 'hono/factory';
import type { AppEnv } from './app-env.ts';

/** Answers of the API are data: a browser that shows one must run and frame nothing. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";
/** Swagger UI has its scripts in files of its own; it sets styles on elements and holds its icons as data. */
const DOCS_POLICY = [
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'",
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
].join('; ');
const TWO_YEARS_SECONDS = 63_072_000;

/** What tells browsers and caches between us and them to keep their hands off. */
export const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (c.res.status === 101) return; // the headers of an upgrade are the object's
  const { path, url } = c.req;
  const isDocs = /^\/(docs|operator)(\/|$)/.test(path);
  const wanted: Record<string, string> = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': isDocs ? DOCS_POLICY : API_POLICY,
    ...(url.startsWith('https:') ? { 'strict-transport-security': `max-age=${TWO_YEARS_SECONDS}` } : {}),
    ...(path.startsWith('/api/') ? { 'cache-control': 'no-store' } : {}),
  };
  for (const [name, value] of Object.entries(wanted)) c.res.headers.set(name, value);
});
