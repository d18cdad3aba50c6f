import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Server, startServer } from '../../scripts/server.ts';
import { clientOf, type ServerClient } from './server-client.ts';

const MESSAGES = 1_500;
const BATCH = 100;

let folder: string;
let server: Server;
let client: ServerClient;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-outage-'));
  server = await startServer({ stateDir: folder, quiet: true });
  client = clientOf(server);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const message = (i: number) => ({ content: `Entry ${i}: today I painted picture number vx${i}`, message_id: `p${i}` });

it('an import while Postgres is down meets no error, is searchable, and reaches Postgres afterwards', async () => {
  await client.send('GET', '/users/nobody'); // the key has been used before, as in any application that runs
  await server.postgres.stop();

  const statuses = new Set<number>();
  for (let from = 0; from < MESSAGES; from += BATCH) {
    const messages = Array.from({ length: BATCH }, (_, j) => message(from + j));
    statuses.add((await client.send('POST', '/messages', { user_id: 'lou', messages })).status);
  }
  expect([...statuses]).toEqual([202]);
  await vi.waitFor(async () => expect(await client.status('lou')).toMatchObject({ messages: MESSAGES, pending: 0 }), {
    timeout: 90_000,
    interval: 500,
  });
  expect((await client.search('lou', 'picture vx777', 1))[0]?.content).toBe(message(777).content);

  await server.postgres.start();
  await vi.waitFor(async () => expect(await client.status('lou')).toMatchObject({ outbox: 0, failed: 0 }), {
    timeout: 120_000,
    interval: 500,
  });
  const db = new pg.Client({ connectionString: server.databaseUrl });
  await db.connect();
  const { rows } = await db.query("SELECT count(*)::int AS n FROM messages WHERE user_id = 'lou'");
  await db.end();
  expect(rows[0].n).toBe(MESSAGES);
});
