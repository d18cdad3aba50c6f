import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import dashboard from '../../scripts/ops/grafana/dashboard.json' with { type: 'json' };
import { type Server, startServer } from '../../scripts/server.ts';
import { newApiKey } from '../../src/auth/api-key.ts';
import { startPrometheus } from '../helpers/prometheus.ts';
import { clientOf, type ServerClient } from './server-client.ts';

/** A scrape each half second, rules as often; `for: 5m` is 5 s, and so is the shorter window of ErrorBudgetBurn. */
const FASTER = 60;
const TOKEN = 'what-only-this-test-knows-of-many-letters';
const USER = 'ada';
/** Panels about what nobody did here: no text model is bound, and no reconstruction was judged. */
const UNUSED = ['Satisfaction: verdicts on reconstructions', 'Text model, p95'];

let folder: string;
let server: Server;
let client: ServerClient;
let prometheus: Awaited<ReturnType<typeof startPrometheus>>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-metrics-'));
  server = await startServer({ stateDir: folder, quiet: true, vars: { METRICS_TOKEN: TOKEN } });
  client = clientOf(server);
  prometheus = await startPrometheus({ url: server.url, token: TOKEN, faster: FASTER });
});
afterAll(async () => {
  await prometheus?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const post = async (route: string, body: unknown) => expect((await client.send('POST', route, body)).ok).toBe(true);
const firing = async (name: string) =>
  (await prometheus.alerts()).filter(({ labels, state }) => labels.alertname === name && state === 'firing');

/** Titles of panels without a series; no query may be refused. */
async function emptyPanels(): Promise<string[]> {
  const panels: { title: string; targets?: { expr: string }[] }[] = dashboard.panels;
  const empty: string[] = [];
  for (const { title, targets = [] } of panels) {
    const found = await Promise.all(
      targets.map(({ expr }) => prometheus.query(expr.replaceAll('$__rate_interval', '10s'))),
    );
    if (targets.length > 0 && found.flat().length === 0) empty.push(title);
  }
  return empty;
}

/** A request with a key that nobody has seen: only Postgres could say that it is not valid. */
const askWithUnknownKey = async () => {
  const authorization = `Bearer ${newApiKey().key}`;
  return (await fetch(`${server.url}/api/v1/users/${USER}`, { headers: { authorization } })).status;
};
const times = <T>(n: number, work: () => Promise<T>) => Promise.all(Array.from({ length: n }, work));

/** A little of everything that the dashboard shows. */
async function use(): Promise<void> {
  const user = `/users/${USER}`;
  const consent = { personality: true, emotion: true, style: true, prediction: true, reconstruction: true };
  const messages = Array.from({ length: 20 }, (_, i) => ({ content: `Entry ${i}: low tide at the old pier.` }));
  await post('/messages?wait=true', { user_id: USER, messages });
  expect((await client.send('PUT', `${user}/consent`, consent)).ok).toBe(true);
  await post(`${user}/memories/search`, { query: 'When was low tide?' });
  await post(`${user}/context`, { query: 'the pier' });
  await post('/metrics/events', { event: 'satisfied' });
  await post('/metrics/events', { event: 'purchase', amount: 12 });
  for (const route of ['mirror', 'gaps', 'patterns']) await client.send('GET', `${user}/${route}`);
  await times(100, () => client.status(USER));
}

describe('a real Prometheus on a running server', () => {
  it('reads /metrics with its token', async () => {
    await use();
    const healthy = [expect.objectContaining({ health: 'up', lastError: '' })];
    await vi.waitFor(async () => expect(await prometheus.targets()).toEqual(healthy), {
      timeout: 10_000,
      interval: 250,
    });
  });

  it('answers every query of the dashboard, and has something to show', async () => {
    // what follows from a message, and what comes of two scrapes, is there some seconds later
    await vi.waitFor(
      async () => {
        await client.status(USER);
        expect(await emptyPanels()).toEqual(UNUSED);
      },
      { timeout: 30_000, interval: 500 },
    );
  });

  it('sees an alert fire in an outage, and resolve after it', async () => {
    expect(await firing('ErrorBudgetBurn')).toEqual([]);
    await server.postgres.stop();
    await vi.waitFor(
      async () => {
        expect(await times(20, askWithUnknownKey)).toEqual(Array(20).fill(503));
        expect(await firing('ErrorBudgetBurn')).toContainEqual(
          expect.objectContaining({ labels: expect.objectContaining({ burn: '1h', severity: 'critical' }) }),
        );
      },
      { timeout: 20_000, interval: 250 },
    );
    await server.postgres.start();
    await vi.waitFor(
      async () => {
        await times(20, () => client.status(USER));
        expect((await prometheus.query('palimpsest:error_ratio:rate5m')).map(({ value }) => value[1])).toEqual(['0']);
        expect((await firing('ErrorBudgetBurn')).filter(({ labels }) => labels.burn === '1h')).toEqual([]);
      },
      { timeout: 30_000, interval: 250 },
    );
  });
});
