import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Server, startServer } from '../../scripts/server.ts';
import { postgresDir } from '../../scripts/state.ts';
import { clientOf, type ServerClient } from './server-client.ts';

/** Words that stand nowhere else on this machine. */
const MARK = 'quixoticzebrafinch';
const USER = 'marked-user-7f3a9c';

let folder: string;
let server: Server;
let client: ServerClient;
let printed = '';

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-erasure-'));
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
  }
  server = await startServer({ stateDir: folder });
  client = clientOf(server);
});
afterAll(async () => {
  await server.stop();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const post = (route: string, body: unknown) => client.send('POST', route, body);

/** A person whose every text holds the mark. */
async function plant(): Promise<void> {
  const user = `/users/${USER}`;
  const messages = Array.from({ length: 100 }, (_, i) => ({
    ...{ content: `Entry ${i}: the ${MARK} sang at dawn`, speaker: `${MARK} person`, message_id: `${MARK}-${i}` },
    ...{ conversation_id: `${MARK}-talk`, metadata: { tag: MARK } },
  }));
  const sent = await post('/messages?wait=true', { user_id: USER, messages });
  const { message_ids } = (await sent.json()) as { message_ids: string[] };
  await client.send('PUT', `${user}/consent`, {
    ...{ personality: true, emotion: true, style: true, prediction: true, reconstruction: true },
  });
  await post(`${user}/palaces`, { name: `${MARK} house`, layout: 'library' });
  await post(`${user}/trails`, { name: `${MARK} walk`, stops: [{ memory_id: message_ids[1], note: MARK }] });
  await post(`${user}/mirror/decisions`, { context: `${MARK}?`, options: [MARK, 'no'], choice: MARK });
  await post(`${user}/mirror/predict-response`, { context: `Where is the ${MARK}?`, candidates: [MARK, 'gone'] });
  await post(`${user}/memories/search`, { query: `When did the ${MARK} sing?` });
  await post(`${user}/digs`, { name: MARK, from: '2020-01-01T00:00:00Z', to: '2030-01-01T00:00:00Z' });
  await post('/keys', { name: 'bound', scopes: ['read'], user_id: USER });
  const saved = async () => expect(await client.status(USER)).toMatchObject({ pending: 0, outbox: 0 });
  await vi.waitFor(saved, { timeout: 60_000, interval: 500 });
}

/** Files of the Worker's state that hold a word: the SQLite of objects, KV and queues, with their journals. */
function filesWith(word: string): string[] {
  const below = path.join(folder, 'worker');
  return readdirSync(below, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const file = path.join(below, name);
    return statSync(file).isFile() && readFileSync(file).includes(word);
  });
}

/**
 * Whether the user's id stands in a file only as the name that Miniflare notes there of the object itself, whenever
 * somebody asks for it, and so also after it was emptied.
 */
function isNameAlone(name: string): boolean {
  const bytes = readFileSync(path.join(folder, 'worker', name));
  const copy = path.join(folder, 'looked-at.sqlite');
  writeFileSync(copy, bytes);
  const db = new DatabaseSync(copy);
  try {
    const named = db.prepare('SELECT count(*) AS n FROM __miniflare_do_name WHERE instr(name, ?) > 0').get(USER);
    return bytes.toString('latin1').split(USER).length - 1 === named?.n;
  } catch {
    return false; // it has no such table, or is a journal
  } finally {
    db.close();
    rmSync(copy);
  }
}

/**
 * Files that hold one of the marks. The platform itself remembers the name of each object there ever was, and with it the
 * user's id.
 */
const marked = (): string[] => [
  ...filesWith(MARK),
  ...filesWith(USER).filter((name) => !path.basename(name).startsWith('metadata.sqlite') && !isNameAlone(name)),
];

/** Files of Postgres, its journal among them, that hold what was said. */
function readable(): string[] {
  const below = postgresDir(folder);
  return readdirSync(below, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const file = path.join(below, name);
    return statSync(file).isFile() && readFileSync(file).includes(MARK);
  });
}

/** Rows of Postgres that hold one of some words, by table. */
async function markedRows(words: readonly string[] = [MARK, USER]): Promise<Record<string, number>> {
  const db = new pg.Client({ connectionString: server.databaseUrl });
  await db.connect();
  try {
    const tables = await db.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    );
    const found: Record<string, number> = {};
    for (const { name } of tables.rows) {
      const { rows } = await db.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM ${db.escapeIdentifier(name)} AS t WHERE t::text LIKE ANY ($1)`,
        [words.flatMap((word) => [`%${word}%`, `%${Buffer.from(word).toString('hex')}%`])],
      );
      if (rows[0]!.n > 0) found[name] = rows[0]!.n;
    }
    return found;
  } finally {
    await db.end();
  }
}

it('leaves no trace of a person who was erased in any file, row or line of the log', async () => {
  await plant();
  expect(marked().length).toBeGreaterThan(0); // so the search below can find what there is
  const tables = ['api_keys', 'memories', 'messages', 'records', 'user_keys', 'users'];
  expect(Object.keys(await markedRows()).toSorted()).toEqual(tables);
  // of what was said, nothing can be read outside of the object, though nobody was erased yet
  expect(await markedRows([MARK])).toEqual({});
  expect(readable()).toEqual([]);
  expect(filesWith(MARK).filter((name) => name.includes(`${path.sep}kv${path.sep}`))).toEqual([]);

  const receipt = await client.send('DELETE', `/users/${USER}`);
  expect([receipt.status, ((await receipt.json()) as { status: string }).status]).toEqual([200, 'completed']);
  expect(await markedRows()).toEqual({});
  expect(marked()).toEqual([]);
  expect([MARK, USER].filter((mark) => printed.includes(mark))).toEqual([]);
});

it('erases while Postgres is away, and finishes by itself once it is back', async () => {
  await plant();
  await server.postgres.stop();
  const asked = await client.send('DELETE', `/users/${USER}`);
  expect(asked.status).toBe(202);
  expect(filesWith(MARK)).toEqual([]); // what was said is gone at once; whom it was about stands in a note until all is done
  const { receipt_id } = (await asked.json()) as { receipt_id: string };
  await server.killHard(); // a crash in the middle of it
  await server.postgres.start();
  await server.startWorker();
  const proof = async () => {
    const answer = await client.send('GET', `/erasures/${receipt_id}?user_id=${USER}`);
    expect(await answer.json()).toMatchObject({ absent: true, receipt: { status: 'completed' } });
  };
  await vi.waitFor(proof, { timeout: 60_000, interval: 1_000 });
  expect(await markedRows()).toEqual({});
  expect(filesWith(MARK)).toEqual([]);
  // the note of whom it was about may stand in the journal until that is closed, when the object is put to sleep
  await vi.waitFor(() => expect(marked()).toEqual([]), { timeout: 45_000, interval: 250 });
  expect([MARK, USER].filter((mark) => printed.includes(mark))).toEqual([]);
});
