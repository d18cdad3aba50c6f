import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { LabelsOf } from '../metrics/catalogue.ts';
import { flushMetrics, setRecordingBy } from '../metrics/flush.ts';
import { purposeOf } from '../metrics/purposes.ts';
import { count, observe, secondsSince } from '../metrics/recorder.ts';
import { log } from '../shared/log.ts';
import type { AppEnv } from './app-env.ts';
import { routeOf, UNMATCHED } from './route-of.ts';

type Labels = LabelsOf<'http_requests_total'>;

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']);

/** Counts every request and its time, by the template of its route: nothing a caller chose becomes a label. */
export const measure = createMiddleware<AppEnv>(async (c, next) => {
  if (!setRecordingBy(c.env)) return next();
  const start = performance.now();
  await next();
  record(c, secondsSince(start));
  flushMetrics(c.env, (work) => c.executionCtx.waitUntil(work));
});

function record(c: Context<AppEnv>, seconds: number): void {
  const { status } = c.res;
  const method = (METHODS.has(c.req.method) ? c.req.method : 'other') as Labels['method'];
  const route = routeOf(c);
  log.debug('request answered', { method, route, status, ms: Math.round(seconds * 1_000) });
  const seen = { request: c.get('requestId') };
  count('http_requests_total', { route, method, status: classOf(status) });
  observe('http_request_duration_seconds', seconds, { route, method }, seen);
  if (status === 401 || status === 403) count('auth_failures_total', { status: `${status}` });
  if (route === UNMATCHED || !route.startsWith('/api/')) return;
  const { feature, timed } = purposeOf(method, route);
  if (status < 400) count('feature_uses_total', { feature });
  // what was refused took no time worth knowing; what failed did
  if (timed && (status < 400 || status >= 500)) {
    observe(timed.metric, seconds, { operation: timed.operation } as never, seen);
  }
}

const classOf = (status: number): Labels['status'] =>
  status === 429 ? '429' : (`${Math.floor(status / 100)}xx` as Labels['status']);
