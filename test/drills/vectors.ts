import { isDeepStrictEqual, parseArgs } from 'node:util';
import pg from 'pg';
import { migrateNamed } from '../../scripts/migrate.ts';
import { startNeonProxy } from '../../scripts/neon-proxy.ts';
import { type Postgres, startPostgres } from '../../scripts/postgres.ts';
import { migrateVectors } from '../../scripts/vectors.ts';
import { ONNX_MODEL } from '../../src/embedding/onnx.ts';
import { deleteMessages, type StoredMessage, upsertMessages } from '../../src/persistence/messages.ts';
import { openSealedDb } from '../../src/persistence/sealed-db.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from '../bench/report.ts';
import { postgresWithVectors } from '../helpers/pgvector.ts';

const QUERIES = 50;
const TOP = 10;
const BATCH = 1_000;
/** Vectors lie around so many themes, as those of memories do. */
const THEMES = 200;
const NOISE = 0.6;
/** Of the nearest by a scan, the index must find so many. */
const LEAST_RECALL = 0.9;
const { model, dimensions } = ONNX_MODEL;
const MESSAGE: StoredMessage = {
  ...{ id: '01J00000000000000000000001', seq: 1, naturalKey: 'k', messageId: null, conversationId: 'default' },
  ...{ role: 'user', speaker: null, content: 'hello', sentAt: 1, acceptedAt: 2, metadata: null, keystrokes: null },
  ...{ vector: null, position: null, life: null, category: null, strength: null },
};

/**
 * `npm run drill -- vectors [--rows N]`: the optional table of plain vectors on a Postgres that has pgvector (Debian's).
 * Its HNSW index must answer, find what a scan finds, and lose what is deleted.
 *
 * @returns what went wrong, a line each
 * @throws UserError where pgvector cannot be had
 */
export async function vectors(args: readonly string[], report: Report): Promise<string[]> {
  const { values } = parseArgs({ args: [...args], options: { rows: { type: 'string', default: '20000' } } });
  const rows = Number(values.rows);
  const server = await startPostgres({ bin: await postgresWithVectors() });
  const url = await migrateNamed(server.url(), 'vectors');
  console.error(`vectors: ${await migrateVectors(url, 'up')}`);
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    const unwritten = await writtenByService(server, url, client);
    const random = seeded(7);
    const themes = Array.from({ length: THEMES }, () => unit(random));
    const begun = performance.now();
    for (let at = 0; at < rows; at += BATCH) await insert(client, at, Math.min(BATCH, rows - at), themes, random);
    report({ metric: 'built', value: Math.round(performance.now() - begun), unit: 'ms', n: rows });
    await client.query('VACUUM ANALYZE memory_vectors');
    const wrong = await search(client, themes, random, rows, report);
    await client.query("DELETE FROM memories WHERE message_id IN (SELECT 'm' || n FROM generate_series(0, 99) n)");
    const { rows: left } = await client.query('SELECT count(*)::int AS n FROM memory_vectors');
    return [...unwritten, ...wrong, ...(left[0].n === rows - 100 ? [] : ['vectors stay when their memories go'])];
  } finally {
    await client.end().catch(() => {});
    await server.stop();
  }
}

/** Messages as the queue's consumer writes them, with the setting on. Their vectors are there, and go with them. */
async function writtenByService(server: Postgres, url: string, client: pg.Client): Promise<string[]> {
  const proxy = await startNeonProxy(server.port);
  try {
    const env = { DATABASE_URL: url, NEON_LOCAL_PROXY: proxy.address, ENCRYPTION_KEYS: `drill:${'k'.repeat(32)}` };
    const store = openSealedDb({ ...env, VECTOR_INDEX: 'on' });
    const life = { tenantId: 't', userId: 'service', personHash: 'p', bornAt: 0 };
    const bytes = Uint8Array.from({ length: dimensions }, (_, i) => i % 256);
    await upsertMessages(store, life, [{ ...MESSAGE, vector: { model, scale: 0.5, bytes } }]);
    const held = async () =>
      (await client.query("SELECT embedding::text FROM memory_vectors WHERE user_id = 'service'")).rows;
    const [row] = await held();
    const isRight =
      row &&
      isDeepStrictEqual(
        JSON.parse(row.embedding),
        Array.from(new Int8Array(bytes.buffer), (n) => n / 2),
      );
    await deleteMessages(store.db, life, [MESSAGE.id]);
    return [
      ...(isRight ? [] : ['the service has not written the vector as it is']),
      ...((await held()).length === 0 ? [] : ['the vector stays when its message is deleted']),
    ];
  } finally {
    await proxy.stop();
  }
}

const queryFor = (vector: string) => `SELECT message_id FROM memory_vectors WHERE model = '${model}'
  ORDER BY embedding::vector(${dimensions}) <=> '${vector}' LIMIT ${TOP}`;

async function search(client: pg.Client, themes: number[][], random: () => number, rows: number, report: Report) {
  const times: number[] = [];
  let [found, all, unused] = [0, 0, 0];
  for (let i = 0; i < QUERIES; i++) {
    const query = queryFor(near(themes, random));
    const ids = async () => (await client.query<{ message_id: string }>(query)).rows.map((row) => row.message_id);
    const { rows: plan } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${query}`);
    if (!JSON.stringify(plan).includes('memory_vectors_use_lite')) unused++;
    times.push(plan[0]['QUERY PLAN'][0]['Execution Time']);
    const fast = new Set(await ids());
    await client.query('BEGIN; SET LOCAL enable_indexscan = off');
    for (const id of await ids()) {
      all++;
      if (fast.has(id)) found++;
    }
    await client.query('COMMIT');
  }
  times.sort((a, b) => a - b);
  report({ metric: 'query/p50', value: times[times.length >> 1]!, unit: 'ms', n: QUERIES });
  report({ metric: 'recall@10', value: found / all, unit: 'fraction', n: QUERIES, baseline: LEAST_RECALL });
  report({ metric: 'rows', value: rows, unit: 'rows', n: 1 });
  return [
    ...(unused > 0 ? [`${unused} of ${QUERIES} queries did not use the index`] : []),
    ...(found / all < LEAST_RECALL ? [`the index finds ${found} of ${all}`] : []),
  ];
}

async function insert(client: pg.Client, from: number, count: number, themes: number[][], random: () => number) {
  const list = Array.from({ length: count }, (_, i) => ({ id: `m${from + i}`, embedding: near(themes, random) }));
  await client.query(
    `WITH r AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS r(id text, embedding text)),
       m AS (INSERT INTO memories (tenant_id, user_id, message_id) SELECT 't', 'u', id FROM r)
     INSERT INTO memory_vectors SELECT 't', 'u', id, $2, embedding::vector FROM r`,
    [JSON.stringify(list), model],
  );
}

const unit = (random: () => number): number[] => Array.from({ length: dimensions }, () => random() - 0.5);

/** A vector beside one of the themes, as pgvector reads it. */
function near(themes: readonly number[][], random: () => number): string {
  const theme = themes[Math.floor(random() * themes.length)]!;
  return `[${theme.map((value) => (value + NOISE * (random() - 0.5)).toFixed(4)).join(',')}]`;
}
