import { NeonDbError, neon, neonConfig, Pool } from '@neondatabase/serverless';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Services, startServices } from '../helpers/services.ts';

let services: Services;
beforeAll(async () => {
  services = await startServices();
  neonConfig.fetchEndpoint = () => `http://${services.neonProxy}/sql`;
  neonConfig.wsProxy = () => `${services.neonProxy}/v2`;
  neonConfig.useSecureWebSocket = false;
});
afterAll(() => services.stop());

const connect = () => neon(services.databaseUrl);
const failure = (query: Promise<unknown>): Promise<unknown> =>
  query.then(
    () => null,
    (error: unknown) => error,
  );

it('passes types through in both directions', async () => {
  const sql = connect();
  const [row] =
    await sql`SELECT ${7}::int AS i, ${'é🦜'}::text AS t, ${[1, 2]}::int[] AS a, ${{ k: [null] }}::jsonb AS j,
    ${true}::bool AS b, ${null}::text AS n, ${new Date(5)}::timestamptz AS d, '(1,2,3)'::cube AS c, 1.5::float8 AS f`;
  expect(row).toEqual({
    i: 7,
    t: 'é🦜',
    a: [1, 2],
    j: { k: [null] },
    b: true,
    n: null,
    d: new Date(5),
    c: '(1, 2, 3)',
    f: 1.5,
  });
});

it('passes an error through with its code and constraint', async () => {
  const sql = connect();
  await sql`INSERT INTO tenants (id, name) VALUES ('one', 'One')`;
  const error = await failure(sql`INSERT INTO tenants (id, name) VALUES ('one', 'Again')`);
  expect(error).toBeInstanceOf(NeonDbError);
  expect(error).toMatchObject({ code: '23505', constraint: 'tenants_pkey', table: 'tenants' });
});

it('refuses two statements in one query, as Neon does', async () => {
  expect(await failure(connect().query('SELECT 1; SELECT 2'))).toMatchObject({ code: '42601' });
});

it('refuses a wrong password', async () => {
  const sql = neon(services.databaseUrl.replace(/:[^:@/]+@/, ':wrong@'));
  expect(await failure(sql`SELECT 1`)).toMatchObject({ code: '28P01' });
});

it('rolls a batch back when its second statement fails', async () => {
  const sql = connect();
  await failure(sql.transaction([sql`INSERT INTO tenants (id, name) VALUES ('two', 'Two')`, sql`SELECT 1 / 0`]));
  expect(await sql`SELECT FROM tenants WHERE id = 'two'`).toEqual([]);
});

it('runs a batch at the isolation level asked for', async () => {
  const sql = connect();
  const [rows] = await sql.transaction([sql`SHOW transaction_isolation`], { isolationLevel: 'Serializable' });
  expect(rows).toEqual([{ transaction_isolation: 'serializable' }]);
});

it('carries no session state from one request to the next', async () => {
  const sql = connect();
  await sql`SET search_path = nowhere`;
  await expect(sql`SELECT 1 FROM tenants LIMIT 1`).resolves.toBeDefined();
});

it('serves sessions over a WebSocket too, and lets them end', async () => {
  const pool = new Pool({ connectionString: services.databaseUrl, max: 1 });
  pool.on('error', () => {});
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
});
