import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import packageFile from '../../package.json' with { type: 'json' };
import type { Diagnosis } from '../../src/http/diagnosis/contract.ts';
import { VERSION } from '../../src/shared/version.ts';
import { cli } from '../helpers/cli-run.ts';

const HEALTHY: Diagnosis = {
  version: '1.2.3',
  worker_version: 'worker-version-7',
  time: '2026-01-01T00:00:00Z',
  checks: { postgres: 'ok', embedder: 'ok', kv: 'ok' },
  secrets: { DATABASE_URL: 'set', SERVICE_SECRET: 'set', ENCRYPTION_KEYS: 'set', TICKET_KEYS: 'set' },
  migrations: { expected: 8, applied: 8 },
  text_model: 'none',
  metrics: 'on',
  operator_token: true,
};

/** A deployment that answers as it is told. */
let server: Server;
let says: { diagnosis: Partial<Diagnosis>; status: number; metrics: number; date: Date };

beforeEach(async () => {
  says = { diagnosis: {}, status: 200, metrics: 200, date: new Date() };
  server = createServer((request, response) => {
    response.setHeader('date', says.date.toUTCString());
    const send = (status: number, text: string) => response.writeHead(status).end(text);
    if (request.url === '/health/live') send(200, '{"status":"live"}');
    else if (request.headers.authorization !== 'Bearer pal_k') send(401, '{}');
    else if (request.url === '/metrics') send(says.metrics, '# TYPE http_requests_total counter\n');
    else send(says.status, JSON.stringify({ ...HEALTHY, ...says.diagnosis }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const doctor = (env: Record<string, string> = {}, ...args: string[]) =>
  cli(['doctor', ...args], { PALIMPSEST_STATE: '/nowhere', PALIMPSEST_URL: url(), PALIMPSEST_KEY: 'pal_k', ...env });
const wrongOf = ({ out }: { out: string }) => out.split('\n').filter((line) => line.startsWith('WRONG'));

it('finds nothing wrong with a deployment that is well', async () => {
  const found = await doctor();
  expect([found.code, wrongOf(found)]).toEqual([0, []]);
  expect(found.out).toContain('1.2.3, deployed as worker-version-7');
});

describe('says what is wrong, what to do, and ends with 1', () => {
  it.each<[string, Partial<typeof HEALTHY>, string, string]>([
    ['a part is down', { checks: { ...HEALTHY.checks, postgres: 'down' } }, 'postgres', 'DATABASE_URL is right'],
    ['a secret is missing', { secrets: { ...HEALTHY.secrets, TICKET_KEYS: 'missing' } }, 'TICKET_KEYS', 'secret put'],
    ['a secret is odd', { secrets: { ENCRYPTION_KEYS: 'unreadable' } }, 'ENCRYPTION_KEYS', 'tells its form'],
    ['migrations are missing', { migrations: { expected: 8, applied: 6 } }, 'migrations: 2 of 8', 'migrate -- up'],
  ])('%s', async (_case, diagnosis, said, remedy) => {
    says.diagnosis = diagnosis;
    const found = await doctor();
    expect(found.code).toBe(1);
    expect(wrongOf(found)).toEqual([expect.stringContaining(said)]);
    expect(found.out).toContain(remedy);
  });

  it('metrics cannot be read', async () => {
    says.metrics = 503;
    const found = await doctor();
    expect([found.code, wrongOf(found)]).toEqual([1, [expect.stringContaining('/metrics answers 503')]]);
  });
});

describe('only warns where the service works', () => {
  it('of a clock that differs', async () => {
    says.date = new Date(Date.now() + 60_000);
    const found = await doctor();
    expect([found.code, found.out]).toEqual([0, expect.stringMatching(/warning +clock: differs by (59|60)/)]);
  });

  it('of metrics without a token of their own', async () => {
    says.diagnosis = { operator_token: false };
    expect(await doctor()).toMatchObject({ code: 0, out: expect.stringContaining('METRICS_TOKEN') });
  });
});

describe('ends with 2 where it cannot look', () => {
  it('since nothing answers', async () => {
    const gone = url();
    expect(await doctor({ PALIMPSEST_URL: gone.replace(/\d+$/, '1') })).toMatchObject({
      code: 2,
      out: expect.stringContaining('does not answer'),
    });
  });

  it('since the key is not valid', async () =>
    expect(await doctor({ PALIMPSEST_KEY: 'pal_x' })).toMatchObject({
      code: 2,
      out: expect.stringContaining('not valid'),
    }));

  it('since the key lacks the scope', async () => {
    says.status = 403;
    expect(await doctor()).toMatchObject({ code: 2, out: expect.stringContaining('lacks the scope "admin"') });
  });

  it('since there is no key', async () =>
    expect(await doctor({ PALIMPSEST_KEY: '' })).toMatchObject({
      code: 2,
      out: expect.stringContaining('no API key'),
    }));
});

it('prints JSON when asked', async () => {
  const { out } = await doctor({}, '--json');
  expect(JSON.parse(out)).toMatchObject({
    code: 0,
    findings: expect.arrayContaining([{ check: 'kv', state: 'ok', said: 'answers' }]),
  });
});

it('is told the version of the package', () => expect(VERSION).toBe(packageFile.version));
