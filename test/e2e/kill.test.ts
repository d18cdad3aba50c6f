import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Server, startServer } from '../../scripts/server.ts';
import { clientOf, type ServerClient } from './server-client.ts';

const MESSAGES = 5_000;
const KILLS = 20;
const SENDERS = 8;
/** Each start of the server takes 6 to 12 s on a slow machine that runs other tests besides. */
const LONGEST = { timeout: 600_000 };
/** every tenth request is a batch of this many */
const BATCH = 25;

let folder: string;
let server: Server;
let client: ServerClient;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-kill-'));
  server = await startServer({ stateDir: folder, quiet: true });
  client = clientOf(server);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A word of its own in each message, so that a search can only mean this one. */
const message = (i: number) => ({
  content: `Note ${i}: the codeword of that evening was zq${i}x, remember it`,
  message_id: `m${i}`,
});

it(
  'a server killed 20 times while 5,000 messages arrive loses none, doubles none, and finds them again',
  LONGEST,
  async () => {
    const acknowledged = new Set<string>();
    let next = 0;
    let finished = false;
    const sender = async () => {
      while (next < MESSAGES) {
        const from = next;
        const size = (from / SENDERS) % 10 < 1 ? Math.min(BATCH, MESSAGES - from) : 1;
        next += size;
        const messages = Array.from({ length: size }, (_, j) => message(from + j));
        await sendUntilAcknowledged(messages);
        for (const { message_id } of messages) acknowledged.add(message_id);
      }
    };
    const killer = async () => {
      for (let kill = 1; kill <= KILLS; kill++) {
        // a moment that nobody chose: after this share of the messages, and a little more
        while (acknowledged.size < (MESSAGES * kill) / (KILLS + 1) && !finished) await sleep(5);
        await sleep(Math.random() * 200);
        await server.killHard();
        await server.startWorker();
      }
    };
    await Promise.all([Promise.all(Array.from({ length: SENDERS }, sender)).then(() => (finished = true)), killer()]);
    expect(acknowledged.size).toBe(MESSAGES);

    await vi.waitFor(
      async () =>
        expect(await client.status('kim')).toMatchObject({ messages: MESSAGES, pending: 0, failed: 0, outbox: 0 }),
      { timeout: 180_000, interval: 1_000 },
    );
    const kept = (await client.messages('kim')).map(({ message_id }) => message_id);
    expect(kept.length).toBe(MESSAGES);
    expect(new Set(kept)).toEqual(acknowledged);
    for (let i = 0; i < MESSAGES; i += 97) {
      const [first] = await client.search('kim', `what was zq${i}x`, 1);
      expect(first?.content).toBe(message(i).content);
    }
    expect(await countInPostgres()).toBe(MESSAGES);
  },
);

/** What a careful application does: the same messages again until the server says that it has them. */
async function sendUntilAcknowledged(messages: { content: string; message_id: string }[]): Promise<void> {
  for (;;) {
    const answer = await client.send('POST', '/messages', { user_id: 'kim', messages }).catch(() => null);
    if (answer?.ok) {
      await answer.json().catch(() => null);
      return;
    }
    if (answer && answer.status < 500) throw new Error(`refused: ${answer.status} ${await answer.text()}`);
    await sleep(50);
  }
}

async function countInPostgres(): Promise<number> {
  const db = new pg.Client({ connectionString: server.databaseUrl });
  await db.connect();
  const { rows } = await db.query(
    'SELECT count(*)::int AS n FROM messages m JOIN memories USING (tenant_id, user_id) WHERE memories.message_id = m.id AND memories.sealed_vector IS NOT NULL',
  );
  await db.end();
  return rows[0].n;
}
