import { createRoute, z } from '@hono/zod-openapi';
import { openDb } from '../persistence/db.ts';
import { pingDatabase } from '../persistence/health.ts';
import { parseKeyRing } from '../persistence/sealing/key-ring.ts';
import { json, problems } from './contract.ts';
import { newRouter } from './validate.ts';

const CHECK_TIMEOUT_MS = 2_000;

const Live = z.object({ status: z.literal('live') }).openapi('Live');
const Ready = z
  .object({
    status: z
      .enum(['ready', 'degraded'])
      .openapi({ description: '`degraded`: messages are taken, something catches up later.' }),
    checks: z.record(z.string(), z.enum(['ok', 'down'])),
  })
  .openapi('Ready');

const live = createRoute({
  method: 'get',
  path: '/health/live',
  tags: ['operator'],
  summary: 'Does the process answer (no I/O)',
  responses: { 200: json(Live, 'It does.') },
});
const ready = createRoute({
  method: 'get',
  path: '/health/ready',
  tags: ['operator'],
  summary: 'Do the parts it leans on answer',
  responses: { 200: json(Ready, 'Requests are served.'), ...problems },
});

/** What the work gives within the time of a health check, else null: it failed or hangs. */
export async function givenInTime<T>(work: () => Promise<T>): Promise<T | null> {
  const timeout = new Promise<null>((resolve) => setTimeout(resolve, CHECK_TIMEOUT_MS, null));
  return Promise.race([work().catch(() => null), timeout]);
}

/** `ok` if the work settles well within the time of a health check. */
export const checkedWithin = async (work: () => Promise<unknown>): Promise<'ok' | 'down'> =>
  (await givenInTime(() => work().then(() => 'ok' as const))) ?? 'down';

/** Health for load balancers and start scripts. Postgres or a model that is down degrades the service and stops nothing. */
export const healthRoutes = newRouter()
  .openapi(live, (c) => c.json({ status: 'live' as const }, 200))
  .openapi(ready, async (c) => {
    const [postgres, embedder] = await Promise.all([
      checkedWithin(async () => pingDatabase(openDb(c.env))),
      checkedWithin(async () => c.env.EMBEDDER.warm()),
    ]);
    const encryption = parseKeyRing(c.env.ENCRYPTION_KEYS ?? '') ? ('ok' as const) : ('down' as const);
    const checks = { postgres, embedder, encryption };
    const isReady = Object.values(checks).every((state) => state === 'ok');
    return c.json({ status: isReady ? ('ready' as const) : ('degraded' as const), checks }, 200);
  });
