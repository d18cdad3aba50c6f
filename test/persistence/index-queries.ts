/** Rows of each table when queries are tried: of ten users, lying among each other as they arrive. */
export const ROWS = 100_000;

/** All rows but one in a thousand, which is from before there was encryption. */
const IS_SEALED = '(n % 1000 > 0)';
const SEALED = `decode(repeat('ab', 150), 'hex')`;

/** Fills a migrated database. */
export const FILL = [
  `INSERT INTO messages (tenant_id, user_id, id, seq, natural_key, role, sealed, content, conversation_id, sent_at, accepted_at)
   SELECT 't', 'u' || n % 10, 'm' || n, n, 'k' || n, 'user', CASE WHEN ${IS_SEALED} THEN ${SEALED} END,
     CASE WHEN NOT ${IS_SEALED} THEN 'number ' || n END, CASE WHEN NOT ${IS_SEALED} THEN 'c' END,
     now() - n * interval '1 minute', now() - n * interval '1 minute'
   FROM generate_series(1, ${ROWS}) n`,
  `INSERT INTO memories (tenant_id, user_id, message_id, position_3d, memory_strength, semantic_category, created_at)
   SELECT 't', 'u' || n % 10, 'm' || n, cube(ARRAY[n % 97, n % 89, n % 83]::float8[]), (n * 7919 % 1000) / 1000.0,
     (ARRAY['people', 'places', 'work'])[1 + n % 3], now() - (n * 31 % ${ROWS}) * interval '1 minute'
   FROM generate_series(1, ${ROWS}) n`,
  `INSERT INTO records (tenant_id, user_id, kind, id, seq, body, sealed, updated_at)
   SELECT 't', 'u' || n % 10, (ARRAY['audit', 'trail', 'dig'])[1 + n % 3], 'r' || n, n,
     CASE WHEN NOT ${IS_SEALED} THEN '{}'::jsonb END, CASE WHEN ${IS_SEALED} THEN ${SEALED} END,
     now() - n * interval '1 minute'
   FROM generate_series(1, ${ROWS}) n`,
  `INSERT INTO erasures (receipt_id, tenant_id, person_hash, requested_at, erased_at, counts)
   SELECT 'e' || n, 't', 'h' || n, now(), now(), '{}' FROM generate_series(1, ${ROWS}) n`,
];

const OF_USER = "tenant_id = 't' AND user_id = 'u3'";

export interface IndexQuery {
  /** that must answer it */
  index: string;
  what: string;
  query: string;
}

/** Each query of the service or of an operator, and the index that answers it. */
export const INDEX_QUERIES: readonly IndexQuery[] = [
  ...['messages', 'memories', 'records'].map((table) => ({
    index: `${table}_unsealed`,
    what: 'whose rows are to be encrypted next',
    query: `SELECT tenant_id, user_id FROM ${table}
      WHERE ${table === 'memories' ? '(embedding IS NOT NULL OR life IS NOT NULL)' : 'sealed IS NULL'}
        AND (tenant_id, user_id) > ('t', 'u3') ORDER BY tenant_id, user_id LIMIT 1`,
  })),
  {
    index: 'messages_seq',
    what: 'a page of what an object takes back',
    query: `SELECT * FROM messages WHERE ${OF_USER} AND (seq, id) > (50000, 'm50000') ORDER BY seq, id LIMIT 500`,
  },
  {
    index: 'messages_natural_key',
    what: 'whether a message is there already',
    query: `SELECT 1 FROM messages WHERE ${OF_USER} AND natural_key = 'k4711'`,
  },
  {
    index: 'messages_sent_at',
    what: 'the newest messages of a user',
    query: `SELECT * FROM messages WHERE ${OF_USER} ORDER BY sent_at DESC LIMIT 20`,
  },
  {
    index: 'messages_accepted_at',
    what: 'what a policy of retention removes',
    query: `SELECT user_id, accepted_at FROM messages WHERE tenant_id = 't' AND accepted_at < now() - interval '69 days'
      ORDER BY accepted_at LIMIT 500`,
  },
  {
    index: 'memories_position_3d',
    what: 'what lies within a radius',
    query: `SELECT * FROM memories WHERE position_3d <@ cube_enlarge('(1,2,3)'::cube, 2, 3)
      AND cube_distance(position_3d, '(1,2,3)') <= 2`,
  },
  {
    index: 'memories_position_3d',
    what: 'the nearest',
    query: `SELECT * FROM memories ORDER BY position_3d <-> '(1,2,3)'::cube LIMIT 10`,
  },
  {
    index: 'memories_strong',
    what: 'the strongest',
    query: 'SELECT * FROM memories WHERE memory_strength > 0.7 ORDER BY memory_strength DESC LIMIT 20',
  },
  {
    index: 'memories_strong',
    what: 'the strongest of a category',
    query: `SELECT * FROM memories WHERE memory_strength > 0.7 AND semantic_category = 'work'
      ORDER BY memory_strength DESC LIMIT 20`,
  },
  {
    index: 'memories_created_at',
    what: 'the newest memories',
    query: 'SELECT * FROM memories ORDER BY created_at DESC LIMIT 20',
  },
  {
    index: 'memories_tenant_id_user_id_message_id_pk',
    what: 'the memory of a message',
    query: `SELECT * FROM memories WHERE ${OF_USER} AND message_id = 'm13'`,
  },
  {
    index: 'records_tenant_id_user_id_kind_id_pk',
    what: 'a page of records',
    query: `SELECT * FROM records WHERE ${OF_USER} AND kind = 'audit' AND id > 'r5' ORDER BY id LIMIT 200`,
  },
  {
    index: 'records_audit',
    what: 'what a policy of retention removes from the audit log',
    query: `SELECT user_id, updated_at FROM records WHERE tenant_id = 't' AND kind = 'audit'
      AND updated_at < now() - interval '69 days' ORDER BY updated_at LIMIT 500`,
  },
  {
    index: 'erasures_person',
    what: 'whether a person was erased since',
    query: `SELECT 1 FROM erasures WHERE tenant_id = 't' AND person_hash = 'h77' AND erased_at >= now() - interval '1 day'`,
  },
];
