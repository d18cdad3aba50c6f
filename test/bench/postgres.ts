import pg from 'pg';
import { migrateNamed } from '../../scripts/migrate.ts';
import { startPostgres } from '../../scripts/postgres.ts';
import { FILL, INDEX_QUERIES } from '../persistence/index-queries.ts';
import type { Report, Suite } from './report.ts';

const WARM_UP = 5;
const RUNS = 41;
/** What one query through one index may take in the server. */
const BOUND_MS = 1;

interface Plan {
  'Execution Time': number;
}

/** What each query costs in the server, by EXPLAIN ANALYZE on 100,000 rows a table: warm, without network and parsing. */
export const postgresSuite: Suite = async (report) => {
  const server = await startPostgres();
  const client = new pg.Client({ connectionString: await migrateNamed(server.url(), 'bench') });
  try {
    await client.connect();
    for (const statement of [...FILL, 'VACUUM ANALYZE']) await client.query(statement);
    // that of each node, by a clock that is slow to read, is not the query's
    const explain = 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)';
    for (const { index, what, query } of INDEX_QUERIES) {
      await measure(client, `${explain} ${query}`, `${index}: ${what}`, report);
    }
  } finally {
    await client.end().catch(() => {});
    await server.stop();
  }
};

async function measure(client: pg.Client, query: string, name: string, report: Report): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    const { rows } = await client.query<{ 'QUERY PLAN': [Plan] }>(query);
    if (run >= WARM_UP) times.push(rows[0]!['QUERY PLAN'][0]['Execution Time']);
  }
  times.sort((a, b) => a - b);
  report({ metric: name, value: times[RUNS >> 1]!, unit: 'ms', n: RUNS, baseline: BOUND_MS });
}
