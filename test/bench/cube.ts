import pg from 'pg';
import { startPostgres } from '../../scripts/postgres.ts';
import type { SpatialData } from './spatial-data.ts';

/** Server-side ms of each query and how many rows it found, in the order of the queries. */
export interface CubeTimes {
  box: { ms: Float64Array; found: Uint32Array };
  nearest: { ms: Float64Array; found: Uint32Array };
}

const SCHEMA = `
  CREATE EXTENSION cube;
  CREATE TABLE point (slot int NOT NULL, place cube NOT NULL);
  CREATE TABLE question (id int PRIMARY KEY, box cube NOT NULL, centre cube NOT NULL);
  CREATE TYPE answer AS (ms float8, found int);`;

/** The clock is read around the query alone, in the server: no network, no protocol, no parsing; the plan is cached. */
const timer = (name: string, column: string, query: string) => `
  CREATE FUNCTION ${name}() RETURNS SETOF answer LANGUAGE plpgsql AS $$
  DECLARE asked record; started timestamptz; slots int[]; result answer;
  BEGIN
    FOR asked IN SELECT ${column} AS it FROM question ORDER BY id LOOP
      started := clock_timestamp();
      ${query}
      result.ms := extract(epoch FROM clock_timestamp() - started) * 1000;
      result.found := coalesce(array_length(slots, 1), 0);
      RETURN NEXT result;
    END LOOP;
  END $$;`;

const BOX_TIMER = timer('time_box', 'box', 'slots := ARRAY(SELECT p.slot FROM point AS p WHERE p.place <@ asked.it);');
const nearestTimer = (k: number) =>
  timer(
    'time_nearest',
    'centre',
    `slots := ARRAY(SELECT p.slot FROM point AS p ORDER BY p.place <-> asked.it LIMIT ${k});`,
  );

/** The same points and queries in Postgres with a GiST index on `cube`; the last of `passes`, warm. */
export async function timeCube(data: SpatialData, k: number, passes: number): Promise<CubeTimes> {
  const server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url() });
  try {
    await client.connect();
    await client.query(SCHEMA + BOX_TIMER + nearestTimer(k));
    await fill(client, data);
    await client.query('SET jit = off; SET max_parallel_workers_per_gather = 0');
    await refuseSequentialScan(client);
    let times: CubeTimes | undefined;
    for (let pass = 0; pass < passes; pass++) {
      times = { box: await answers(client, 'time_box'), nearest: await answers(client, 'time_nearest') };
    }
    return times!;
  } finally {
    await client.end().catch(() => {});
    await server.stop();
  }
}

async function fill(client: pg.Client, { slots, points, boxes, centres }: SpatialData): Promise<void> {
  await client.query(
    `INSERT INTO point SELECT slot, cube(ARRAY[x, y, z])
     FROM unnest($1::int[], $2::float8[], $3::float8[], $4::float8[]) AS p (slot, x, y, z)`,
    [[...slots], ...[0, 1, 2].map((axis) => [...slots].map((slot) => points[slot * 3 + axis]))],
  );
  await client.query(
    `INSERT INTO question SELECT id, box::cube, centre::cube
     FROM unnest($1::int[], $2::text[], $3::text[]) AS q (id, box, centre)`,
    [
      boxes.map((_, id) => id),
      boxes.map((box) => `(${box.subarray(0, 3).join(',')}),(${box.subarray(3).join(',')})`),
      centres.map((centre) => `(${centre.join(',')})`),
    ],
  );
  await client.query('CREATE INDEX ON point USING gist (place)');
  await client.query('VACUUM ANALYZE');
}

/** A comparison with a server that does not use its index would be worth nothing. */
async function refuseSequentialScan(client: pg.Client): Promise<void> {
  for (const query of [
    "SELECT slot FROM point WHERE place <@ '(0,0,0),(3,3,3)'::cube",
    "SELECT slot FROM point ORDER BY place <-> '(0,0,0)'::cube LIMIT 10",
  ]) {
    const plan = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${query}`);
    if (plan.rows.some((row) => row['QUERY PLAN'].includes('Seq Scan'))) throw new Error('Postgres uses no index.');
  }
}

async function answers(client: pg.Client, name: string): Promise<CubeTimes['box']> {
  const { rows } = await client.query<{ ms: number; found: number }>(`SELECT ms, found FROM ${name}()`);
  return { ms: Float64Array.from(rows, (row) => row.ms), found: Uint32Array.from(rows, (row) => row.found) };
}
