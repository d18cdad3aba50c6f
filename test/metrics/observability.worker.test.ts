import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Scope } from '../../src/auth/contract.ts';
import type { Env } from '../../src/env.ts';
import type { Diagnosis } from '../../src/http/diagnosis/contract.ts';
import { drain } from '../../src/metrics/recorder.ts';
import { sendSpans } from '../../src/metrics/trace.ts';
import { openDb } from '../../src/persistence/db.ts';
import { inOrigin } from '../../src/shared/request-scope.ts';
import { fillPath, type Route } from '../helpers/api-routes.ts';
import { rebuilt, record } from '../helpers/archaeology.ts';
import { type Client, call, newClient } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { withHangingPostgres, withoutPostgres } from '../helpers/outage.ts';
import { consumed, holdQueue, ring, settled, sync } from '../helpers/person.ts';
import { everyRoute } from '../helpers/routes.ts';
import { populate } from '../helpers/victim.ts';

const TOKEN = 'the-token-of-an-operator-of-this-test';
const MARK = 'quixoticzebrafinch';
const USER = 'ana-of-the-marsh';
/** The doctor waits so long for an answer. */
const DOCTOR_WAITS_MS = 10_000;
/** Where others of the isolate are being saved, an object waits for its turn. */
const OTHERS_FIRST_MS = 15_000;

let app: Client;
let model: TestEmbedder;
let ids: Record<string, string>;
let sent: ReturnType<typeof holdQueue>;
let logged: unknown[][] = [];

beforeAll(async () => {
  for (const level of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((...words) => void logged.push(words));
  }
  model = useTestEmbedder();
  sent = holdQueue();
  Object.assign(env, { METRICS_TOKEN: TOKEN, LOG_LEVEL: 'debug' });
  app = await newClient({ scopes: Scope.options });
  ids = await populate(app, USER);
  await app.post('/messages?wait=true', { user_id: USER, messages: record() });
  const [reconstruction_id = ''] = await rebuilt(app, USER);
  ids.reconstruction_id = reconstruction_id;
}, 60_000);
afterEach(() => {
  logged = [];
});

const scrape = (authorization = `Bearer ${TOKEN}`, accept = '') =>
  call('/metrics', { headers: { authorization, accept } });
const hub = () => (env as Env).METRICS_HUB.getByName('metrics-0');

/** The value of the one series that begins so; undefined: there is none. */
async function sampleOf(series: string): Promise<number | undefined> {
  const line = (await scrape()).text.split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

describe('/metrics', () => {
  it('opens to the operator token and to a key for admin, and to nobody else', async () => {
    const bound = await newClient({ scopes: Scope.options, userId: USER });
    const reader = await newClient();
    const statuses = await Promise.all(
      [
        `Bearer ${TOKEN}`,
        app.authorization,
        `Bearer ${TOKEN}x`,
        'Bearer',
        reader.authorization,
        bound.authorization,
      ].map(async (authorization) => (await scrape(authorization)).status),
    );
    expect(statuses).toEqual([200, 200, 401, 401, 403, 403]);
  });

  it('counts requests by the template of their route, and names no user', async () => {
    const series = 'http_requests_total{route="/api/v1/users/:user_id/gaps",method="GET",status="2xx"}';
    const before = (await sampleOf(series)) ?? 0;
    await app.get(`/users/${USER}/gaps`);
    await app.get(`/users/${USER}/nonsense/of/mine`);
    const { text } = await scrape();
    expect(await sampleOf(series)).toBe(before + 1);
    expect(text).toContain('route="unmatched"');
    for (const own of [USER, app.tenantId, 'nonsense']) expect(text).not.toContain(own);
  });

  it('counts a request by the route that answers, where its address fits another one too', async () => {
    const route = '/api/v1/users/:user_id/memories/near';
    const series = [
      `http_requests_total{route="${route}",method="GET",status="2xx"}`,
      'mp_query_duration_seconds_count{operation="spatial"}',
    ];
    const before = await Promise.all(series.map(sampleOf));
    await app.post('/message?wait=true', { user_id: USER, content: 'A ferry.' });
    expect((await app.get(`/users/${USER}/memories/near?x=0&y=0&z=0&radius=5`)).status).toBe(200);
    const after = await Promise.all(series.map(sampleOf));
    expect(after).toEqual(before.map((value) => (value ?? 0) + 1));
  });

  it('counts every message once, also where of some only a row has arrived', async () => {
    const before = (await sampleOf('messages_total')) ?? 0;
    model.delayMs = 300;
    for (const content of ['A', 'B', 'C', 'D']) await app.post('/message', { user_id: USER, content });
    model.delayMs = 0;
    await settled(app, USER);
    expect(await sampleOf('messages_total')).toBe(before + 4);
  });

  it('times every feature, the way of a message and the people', async () => {
    await app.post('/message?wait=true', { user_id: USER, content: 'A late ferry.' });
    await app.post(`/users/${USER}/memories/search`, { query: 'ferry' });
    await app.post(`/users/${USER}/memories/query`, { shape: 'sphere', center: [0, 0, 0], radius: 5 });
    await app.get(`/users/${USER}/mirror`);
    await app.post(`/users/${USER}/reconstruct`, {});
    await sync({ tenantId: app.tenantId, userId: USER });
    const { text } = await scrape();
    for (const some of [
      'cms_inference_duration_seconds_count{operation="update"}',
      'cms_inference_duration_seconds_count{operation="profile"}',
      'mp_query_duration_seconds_count{operation="search"}',
      'ta_reconstruction_duration_seconds_count{operation="gaps"}',
      'ingest_to_searchable_seconds_count',
      'tasks_total{outcome="completed"}',
      'queue_messages_total{outcome="acknowledged"}',
      'sync_duration_seconds_count{outcome="ok"}',
      'outbox_lag_seconds_count',
      'cache_hit_ratio{cache="apiKeys",tier="l1"}',
      'do_rows_written_total',
      'postgres_rows_total',
      'kv_operations_total{operation="read"}',
      'user_index_bytes_count',
      'active_users{window="5m"}',
      'feature_uses_total{feature="search"}',
    ]) {
      expect(`${some} ${text.includes(`\n${some} 0\n`) || !text.includes(`\n${some} `)}`).toBe(`${some} false`);
    }
  });

  it('shows which request was slow, as OpenMetrics', async () => {
    await app.get(`/users/${USER}/mirror`, { 'x-request-id': 'the-slow-one' });
    const { text, headers } = await scrape(undefined, 'application/openmetrics-text; version=1.0.0');
    expect(headers.get('content-type')).toContain('application/openmetrics-text; version=1.0.0');
    expect(text).toContain('# {request_id="the-slow-one"}');
  });

  it('never goes back over a restart of the hub', async () => {
    const before = (await sampleOf('messages_total'))!;
    expect(before).toBeGreaterThan(0);
    await evictDurableObject(hub());
    expect(await sampleOf('messages_total')).toBe(before);
    await app.post('/message', { user_id: USER, content: 'After the restart.' });
    expect(await sampleOf('messages_total')).toBe(before + 1);
  });

  it('is unavailable while the hub is, and tells later what was counted meanwhile', async () => {
    const before = (await sampleOf('app_events_total{event="signup"}')) ?? 0;
    const { METRICS_HUB } = env as Env;
    const away = {
      getByName: () => ({
        push: async () => Promise.reject(new Error('away')),
        snapshot: async () => Promise.reject(new Error('away')),
      }),
    };
    Object.assign(env, { METRICS_HUB: away });
    await app.post('/metrics/events', { event: 'signup', count: 3 });
    const { status, headers } = await scrape();
    Object.assign(env, { METRICS_HUB });
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect(await sampleOf('app_events_total{event="signup"}')).toBe(before + 3);
  });

  it('takes what an application counts, and adds amounts up', async () => {
    const event = (body: object) => app.post('/metrics/events', body);
    const earned = (await sampleOf('app_revenue_total'))!;
    const statuses = [await event({ event: 'purchase', amount: 12.5 }), await event({ event: 'refund', amount: 2 })];
    const wrong = [await event({ event: 'else' }), await event({ event: 'purchase', amount: -1 })];
    expect([...statuses, ...wrong].map(({ status }) => status)).toEqual([204, 204, 400, 400]);
    expect(await sampleOf('app_revenue_total')).toBe(earned + 12.5);
    expect(await sampleOf('app_refunds_total')).toBe(2);
  });

  it('is not there when metrics are off, and nothing is counted', async () => {
    Object.assign(env, { METRICS: 'off' });
    drain();
    await app.get(`/users/${USER}/mirror`);
    const { status } = await scrape();
    const counted = drain();
    Object.assign(env, { METRICS: '' });
    expect([status, counted]).toEqual([404, null]);
  });
});

it('a deployment says of itself what is missing, and shows no secret', async () => {
  const { TICKET_KEYS, ENCRYPTION_KEYS } = env as Env;
  Object.assign(env, { TICKET_KEYS: '', ENCRYPTION_KEYS: 'too-short' });
  const { status, body, text } = await app.get<Diagnosis>('/diagnosis');
  Object.assign(env, { TICKET_KEYS, ENCRYPTION_KEYS });
  expect(status).toBe(200);
  expect(body.checks).toEqual({ postgres: 'ok', embedder: 'ok', kv: 'ok' });
  expect(body.secrets).toMatchObject({ DATABASE_URL: 'set', TICKET_KEYS: 'missing', ENCRYPTION_KEYS: 'unreadable' });
  expect(body.migrations.applied).toBe(body.migrations.expected);
  for (const secret of [(env as Env).SERVICE_SECRET, (env as Env).DATABASE_URL, TOKEN])
    expect(text).not.toContain(secret);
});

it('a deployment says of itself that Postgres hangs before the doctor gives up on it', async () => {
  const asked = Date.now();
  const { body } = await withHangingPostgres(() => app.get<Diagnosis>('/diagnosis'));
  expect(Date.now() - asked).toBeLessThan(DOCTOR_WAITS_MS);
  expect([body.checks.postgres, body.migrations.applied]).toEqual(['down', null]);
}, 30_000);

describe('a request', () => {
  it('can be followed from HTTP through the object, the queue and Postgres', async () => {
    const owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
    await app.post('/message', { user_id: owner.userId, content: 'Followed.' }, { 'x-request-id': 'req-to-follow' });
    await settled(app, owner.userId);
    sent.length = 0;
    await vi.waitFor(async () => {
      await ring(owner);
      expect(sent).toContainEqual({ kind: 'sync', ...owner, requestId: 'req-to-follow' });
    }, OTHERS_FIRST_MS);
    await consumed(...sent);
    const events = logged.flat().filter((line) => (line as { request_id?: string }).request_id === 'req-to-follow');
    expect(events.map((line) => (line as { event: string }).event)).toEqual([
      'messages accepted',
      'request answered',
      'changes saved',
    ]);
  });

  it('is named in what Postgres is asked for it', async () => {
    const asked = async () => await openDb(env as Env).execute(sql`SELECT current_query() AS text`);
    const [alone, named] = [await asked(), await inOrigin({ requestId: 'req-1', traceparent: null }, asked)];
    expect([alone.rows[0]?.text, named.rows[0]?.text]).toEqual([
      'SELECT current_query() AS text',
      "/*request_id='req-1'*/ SELECT current_query() AS text",
    ]);
  });
});

describe('a trace', () => {
  const ENDPOINT = 'http://otlp.test';
  interface Span {
    traceId: string;
    spanId: string;
    parentSpanId?: string;
    name: string;
  }

  /** Every span that a receiver would get. */
  function receive(): { spans: () => Promise<Span[]>; bodies: string[] } {
    const bodies: string[] = [];
    const real = globalThis.fetch;
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
      if (!String(url).startsWith(ENDPOINT)) return real(url as RequestInfo, init);
      bodies.push(String(init?.body));
      return new Response('{}');
    });
    const spans = async () => {
      await sendSpans(env as Env);
      return bodies.flatMap((body) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans as Span[]);
    };
    return { spans, bodies };
  }

  it('goes from HTTP through object, embedder and queue to Postgres, and holds no text', async () => {
    const { spans, bodies } = receive();
    Object.assign(env, { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_TRACES_SAMPLER_ARG: '1' });
    const owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
    const theirs = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${theirs}-b7ad6b7169203331-01`;
    await app.post('/message', { user_id: owner.userId, content: `The ${MARK}.` }, { traceparent });
    await settled(app, owner.userId);
    sent.length = 0;
    await vi.waitFor(async () => {
      await ring(owner);
      expect(sent).toContainEqual(expect.objectContaining({ kind: 'sync', ...owner }));
    }, OTHERS_FIRST_MS);
    await consumed(...sent);
    const found = (await spans()).filter(({ traceId }) => traceId === theirs);
    Object.assign(env, { OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    vi.mocked(globalThis.fetch).mockRestore();
    const path = (name: string): string[] => {
      const names: string[] = [];
      for (
        let at = found.find((one) => one.name === name);
        at;
        at = found.find((one) => one.spanId === at?.parentSpanId)
      ) {
        names.unshift(at.name);
      }
      return names;
    };
    const ingest = ['POST /api/v1/message', 'object ingest'];
    expect(path('embed')).toEqual([...ingest, 'object process', 'embed']);
    expect(path('postgres write')).toEqual([...ingest, 'queue sync', 'postgres write']);
    expect(found.find(({ name }) => name === ingest[0])?.parentSpanId).toBe('b7ad6b7169203331');
    for (const own of [MARK, owner.userId, app.tenantId, app.key]) expect(bodies.join()).not.toContain(own);
  });

  it('is not made unless a receiver is set', async () => {
    const { spans } = receive();
    await app.get(`/users/${USER}`, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
    Object.assign(env, { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT });
    const found = await spans();
    Object.assign(env, { OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    vi.mocked(globalThis.fetch).mockRestore();
    expect(found).toEqual([]);
  });
});

describe('what is logged', () => {
  /** A request whose every text is the mark. */
  function marked(route: Route): [path: string, init: RequestInit] {
    const body = route.fullBody === undefined ? null : JSON.stringify(withMark(route.fullBody));
    const headers = { authorization: app.authorization, 'content-type': 'application/json', 'idempotency-key': MARK };
    return [fillPath(route.template, ids) + route.query, { method: route.method, headers, body }];
  }

  function withMark(value: unknown): unknown {
    if (typeof value === 'string') return /^\d{4}-|^[a-z_]{1,20}$/.test(value) && value !== 'a' ? value : MARK;
    if (Array.isArray(value)) return value.map(withMark);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([name, inner]) => [name, name === 'user_id' ? USER : withMark(inner)]);
    return Object.fromEntries(entries);
  }

  const said = () =>
    JSON.stringify(logged, (_name, value: unknown) =>
      value instanceof Error ? [value.name, value.message, value.stack] : value,
    );

  it('is never what a user wrote, on any route, whether it works or fails', async () => {
    const routes = (await everyRoute()).filter(({ name }) => name !== 'DELETE /api/v1/users/{user_id}');
    const owner = { tenantId: app.tenantId, userId: USER };
    for (const route of routes) {
      const [path, init] = marked(route);
      await call(path, init);
      // a body that cannot be read: the engine's own message quotes it
      if (init.body) await call(path, { ...init, body: `{"${MARK}": ${MARK}` });
    }
    await withoutPostgresLogged(async () => {
      for (const route of routes) await call(...marked(route));
      await consumed({ kind: 'sync', ...owner }, { kind: MARK });
    });
    model.poison = MARK;
    await app.post('/message?wait=true', { user_id: USER, content: `A ${MARK} that the model does not take.` });
    model.poison = null;
    await sync(owner);
    expect(logged.length).toBeGreaterThan(20);
    expect(said()).not.toContain(MARK);
    expect(said()).not.toContain(USER);
    expect(said()).not.toContain(app.key);
  }, 60_000);

  it('is one object a line, with a level and an event', () => {
    for (const line of logged) {
      expect(line).toHaveLength(1);
      expect(line[0]).toMatchObject({
        level: expect.stringMatching(/^(debug|info|warn|error)$/),
        event: expect.any(String),
      });
    }
  });

  it('names a task without its user, whom the name that clients know holds', async () => {
    await app.post('/message', { user_id: USER, content: 'The tide was low.' });
    const tasks = logged.flatMap(([line]) => {
      const { event, task } = line as Record<string, unknown>;
      return event === 'messages accepted' ? [task] : [];
    });
    expect(tasks).toEqual([expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/)]);
  });

  /** As `withoutPostgres`, and what it logs is seen. */
  async function withoutPostgresLogged(work: () => Promise<void>): Promise<void> {
    await withoutPostgres(async () => {
      vi.spyOn(console, 'error').mockImplementation((...words) => void logged.push(words));
      await work();
    });
    vi.spyOn(console, 'error').mockImplementation((...words) => void logged.push(words));
  }
});
