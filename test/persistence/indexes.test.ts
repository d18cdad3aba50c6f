import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Services, startServices } from '../helpers/services.ts';

const ROWS = 100_000;

let services: Services;
let db: pg.Client;
beforeAll(async () => {
  services = await startServices();
  db = new pg.Client({ connectionString: services.databaseUrl });
  await db.connect();
  // ten users, whose rows lie among each other as they arrive
  await db.query(`INSERT INTO messages (tenant_id, user_id, id, seq, natural_key, conversation_id, role, content, sent_at, accepted_at)
    SELECT 't', 'u' || n % 10, 'm' || n, n, 'k' || n, 'c', 'user', 'number ' || n, now() - n * interval '1 minute', now()
    FROM generate_series(1, ${ROWS}) n`);
  await db.query(`INSERT INTO memories (tenant_id, user_id, message_id, position_3d, memory_strength, semantic_category, created_at)
    SELECT 't', 'u' || n % 10, 'm' || n, cube(ARRAY[n % 97, n % 89, n % 83]::float8[]), (n * 7919 % 1000) / 1000.0,
      (ARRAY['people', 'places', 'work'])[1 + n % 3], now() - (n * 31 % ${ROWS}) * interval '1 minute'
    FROM generate_series(1, ${ROWS}) n`);
  await db.query(`INSERT INTO records (tenant_id, user_id, kind, id, seq, body)
    SELECT 't', 'u' || n % 10, (ARRAY['audit', 'trail', 'dig'])[1 + n % 3], 'r' || n, n, '{}' FROM generate_series(1, ${ROWS}) n`);
  await db.query(`INSERT INTO erasures (receipt_id, tenant_id, person_hash, requested_at, erased_at, counts)
    SELECT 'e' || n, 't', 'h' || n, now(), now(), '{}' FROM generate_series(1, ${ROWS}) n`);
  await db.query('ANALYZE');
}, 120_000);
afterAll(async () => {
  await db.end();
  await services.stop();
});

const OF_USER = "tenant_id = 't' AND user_id = 'u3'";

/** Each query of the service or of an operator, and the index that answers it. */
const QUERIES: [index: string, what: string, query: string][] = [
  [
    'messages_seq',
    'a page of what an object takes back',
    `SELECT * FROM messages WHERE ${OF_USER} AND (seq, id) > (50000, 'm50000') ORDER BY seq, id LIMIT 500`,
  ],
  [
    'messages_natural_key',
    'whether a message is there already',
    `SELECT 1 FROM messages WHERE ${OF_USER} AND natural_key = 'k4711'`,
  ],
  [
    'messages_sent_at',
    'the newest messages of a user',
    `SELECT * FROM messages WHERE ${OF_USER} ORDER BY sent_at DESC LIMIT 20`,
  ],
  [
    'memories_position_3d',
    'what lies within a radius',
    `SELECT * FROM memories WHERE position_3d <@ cube_enlarge('(1,2,3)'::cube, 2, 3) AND cube_distance(position_3d, '(1,2,3)') <= 2`,
  ],
  ['memories_position_3d', 'the nearest', `SELECT * FROM memories ORDER BY position_3d <-> '(1,2,3)'::cube LIMIT 10`],
  [
    'memories_strong',
    'the strongest',
    'SELECT * FROM memories WHERE memory_strength > 0.7 ORDER BY memory_strength DESC LIMIT 20',
  ],
  [
    'memories_strong',
    'the strongest of a category',
    `SELECT * FROM memories WHERE memory_strength > 0.7 AND semantic_category = 'work' ORDER BY memory_strength DESC LIMIT 20`,
  ],
  ['memories_created_at', 'the newest memories', 'SELECT * FROM memories ORDER BY created_at DESC LIMIT 20'],
  [
    'memories_created_at',
    'what a policy of retention removes',
    `SELECT count(*) FROM memories WHERE created_at < now() - interval '69 days'`,
  ],
  [
    'memories_tenant_id_user_id_message_id_pk',
    'the memory of a message',
    `SELECT * FROM memories WHERE ${OF_USER} AND message_id = 'm13'`,
  ],
  [
    'records_tenant_id_user_id_kind_id_pk',
    'a page of records',
    `SELECT * FROM records WHERE ${OF_USER} AND kind = 'audit' AND id > 'r5' ORDER BY id LIMIT 200`,
  ],
  [
    'erasures_person',
    'whether a person was erased since',
    `SELECT 1 FROM erasures WHERE tenant_id = 't' AND person_hash = 'h77' AND erased_at >= now() - interval '1 day'`,
  ],
];

describe(`at ${ROWS} rows`, () => {
  it.each(QUERIES)('%s answers: %s', async (index, _what, query) => {
    const { rows } = await db.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${query}`);
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(index);
  });
});
