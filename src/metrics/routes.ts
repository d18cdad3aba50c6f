import { createRoute } from '@hono/zod-openapi';
import { authenticate, requireScope } from '../auth/middleware.ts';
import { bearer, jsonBody, problems } from '../http/contract.ts';
import { newRouter } from '../http/validate.ts';
import { AppError } from '../shared/errors.ts';
import { AppEventBody, EARNING } from './contract.ts';
import { expose } from './exposition.ts';
import { hubsOf, tellHub } from './flush.ts';
import { People } from './people.ts';
import { count } from './recorder.ts';
import { Totals } from './totals.ts';

const RETRY_AFTER_SECONDS = 5;

const postEvent = createRoute({
  method: 'post',
  path: '/metrics/events',
  tags: ['operator'],
  security: bearer,
  'x-scope': 'ingest',
  summary: 'Count something that happened in the application',
  description:
    'A sale, a cancellation, a satisfied person: it is counted in `app_events_total`, and amounts in `app_revenue_total` and `app_refunds_total`, to stand in dashboards beside what the service does. Nothing else of it is kept. `Idempotency-Key` is not honoured.',
  request: { body: jsonBody(AppEventBody) },
  responses: { 204: { description: 'Counted.' }, ...problems },
});

/** What a scrape reads, and what an application may count. */
export const metricsRoutes = newRouter();

metricsRoutes.get(
  '/metrics',
  async (c, next) => {
    if (await isOperator(c.req.header('authorization'), c.env.METRICS_TOKEN)) return next();
    return authenticate(c, async () => {
      requireScope(c.var.principal, 'admin');
      if (c.var.principal.userId !== null) throw new AppError('forbidden', 'This API key is bound to a user.');
      await next();
    });
  },
  async (c) => {
    if (c.env.METRICS === 'off') throw new AppError('not_found', 'Nothing is counted here: METRICS is off.');
    await tellHub(c.env);
    const now = Date.now();
    const [totals, people] = [new Totals(), new People()];
    const snapshots = await Promise.all(hubsOf(c.env).map((hub) => hub.snapshot())).catch(() => {
      throw new AppError('unavailable', 'The metrics hub does not answer.', { retryAfterSeconds: RETRY_AFTER_SECONDS });
    });
    for (const snapshot of snapshots) {
      for (const [name, family] of Object.entries(snapshot.families)) totals.take(name, family, now);
      people.take(snapshot.people);
    }
    const { text, contentType } = await expose(totals, people, now, c.req.header('accept') ?? '');
    return c.body(text, 200, { 'content-type': contentType, 'cache-control': 'no-store' });
  },
);

/** As `metricsRoutes`, below /api/v1. */
export const appEventRoutes = newRouter().openapi(postEvent, (c) => {
  requireScope(c.var.principal, 'ingest');
  const { event, amount = 0, count: times } = c.req.valid('json');
  count('app_events_total', { event }, times);
  if ((EARNING as readonly string[]).includes(event)) count('app_revenue_total', {}, amount);
  if (event === 'refund') count('app_refunds_total', {}, amount);
  return c.body(null, 204);
});

/** Compares digests, so that the time it takes tells nothing of the token. */
async function isOperator(header: string | undefined, token: string | undefined): Promise<boolean> {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (!token || given === undefined) return false;
  const digest = (text: string) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return crypto.subtle.timingSafeEqual(await digest(given), await digest(token));
}
