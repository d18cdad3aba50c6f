import { sql } from 'drizzle-orm';
import type { Owner } from '../../auth/contract.ts';
import { fromBase64, toBase64 } from '../../shared/base64.ts';
import type { Db } from '../db.ts';
import { lockPerson } from '../life.ts';
import type { SealedDb } from '../sealed-db.ts';
import type { KeyRing } from './key-ring.ts';
import { type Rewritten, rewrite, SHELVES } from './rewrite.ts';

const BATCH = 200;

type Mark = [tenantId: string, userId: string, id: string];
type KeyRow = { tenant_id: string; user_id: string; id: string; key_name: string; wrapped: string };

/**
 * Wraps the data keys of all users under the first secret, in batches, while the service runs: it may be cut short and
 * run again. Nothing that is sealed changes.
 *
 * @returns data keys that were wrapped anew, and those that could not be unwrapped and stay as they are
 */
export async function rewrapAll(db: Db, ring: KeyRing): Promise<{ rewrapped: number; failed: number }> {
  const total = { rewrapped: 0, failed: 0 };
  for (let after: Mark = ['', '', '']; ; ) {
    const found = await db.execute<KeyRow>(sql`
      SELECT tenant_id, user_id, id, key_name, encode(wrapped, 'base64') AS wrapped FROM user_keys
      WHERE (tenant_id, user_id, id) > (${after[0]}, ${after[1]}, ${after[2]}) AND key_name <> ${ring.current}
      ORDER BY tenant_id, user_id, id LIMIT ${BATCH}`);
    const written = (await Promise.all(found.rows.map((row) => rewrapped(ring, row)))).filter((row) => row !== null);
    await db.execute(sql`
      UPDATE user_keys AS old SET key_name = ${ring.current}, wrapped = decode(r.wrapped, 'base64')
      FROM jsonb_to_recordset(${JSON.stringify(written)}::jsonb)
        AS r(tenant_id text, user_id text, id text, key_name text, wrapped text)
      WHERE old.tenant_id = r.tenant_id AND old.user_id = r.user_id AND old.id = r.id AND old.key_name = r.key_name`);
    total.rewrapped += written.length;
    total.failed += found.rows.length - written.length;
    const last = found.rows.at(-1);
    if (!last || found.rows.length < BATCH) return total;
    after = [last.tenant_id, last.user_id, last.id];
  }
}

async function rewrapped(ring: KeyRing, row: KeyRow): Promise<KeyRow | null> {
  const owner = { tenantId: row.tenant_id, userId: row.user_id };
  const bytes = await ring.unwrap(owner, { id: row.id, keyName: row.key_name, wrapped: fromBase64(row.wrapped) });
  return bytes && { ...row, wrapped: toBase64((await ring.wrap(owner, row.id, bytes)).wrapped) };
}

/**
 * Gives a user a new data key, seals everything with it, and drops the keys that nothing is sealed with any more. Beside
 * writers: one that still holds the old key is refused once the key is gone, and goes on with the new one.
 *
 * @returns null: the user has no key
 */
export async function rotateDataKey(store: SealedDb, owner: Owner): Promise<Rewritten | null> {
  const key = await store.keys.renew(store.db, owner);
  if (!key) return null;
  const rewritten = await rewrite(store, owner, key);
  const { tenantId, userId } = owner;
  const used = SHELVES.flatMap(({ table, sealed }) =>
    Object.values(sealed).map(
      (
        column,
      ) => sql`EXISTS (SELECT 1 FROM ${sql.identifier(table)} WHERE tenant_id = ${tenantId} AND user_id = ${userId}
        AND substring(${sql.identifier(column)} FROM 2 FOR 8) = decode(user_keys.id, 'hex'))`,
    ),
  );
  await store.db.batch([
    store.db.execute(lockPerson(owner)),
    store.db.execute(sql`
      DELETE FROM user_keys WHERE tenant_id = ${tenantId} AND user_id = ${userId} AND id <> ${key.id}
        AND NOT (${sql.join(used, sql` OR `)})`),
  ]);
  store.keys.forget(owner);
  return rewritten;
}

type OwnerRow = { tenant_id: string; user_id: string };

/**
 * Seals every row from before there was encryption, a person at a time; it may be cut short and run again.
 *
 * @throws AppError `unavailable` when nothing can be sealed
 */
export async function sealAll(store: SealedDb): Promise<Rewritten> {
  return eachOwner(plainOwners(store.db), async (owner) => {
    // only for somebody who is there: who was erased gets no key
    const key = await store.keys.ofWriter(store.db, owner, isPresent(owner));
    return key ? rewrite(store, owner, key) : { rows: 0, unreadable: 0 };
  });
}

/** Makes every row plain that can be read, before a release that knows no encryption takes over. */
export async function unsealAll(store: SealedDb): Promise<Rewritten> {
  return eachOwner(keyedOwners(store.db), (owner) => rewrite(store, owner, null));
}

/** What is plain, and under which secrets data keys are wrapped. */
export async function sealingState(db: Db): Promise<{ plain: Record<string, number>; keys: Record<string, number> }> {
  const counts = SHELVES.map(
    ({ table, isPlain }) =>
      sql`SELECT ${table} AS name, count(*)::int AS n FROM ${sql.identifier(table)} WHERE ${sql.raw(isPlain)}`,
  );
  const plain = await db.execute<{ name: string; n: number }>(sql.join(counts, sql` UNION ALL `));
  const keys = await db.execute<{ name: string; n: number }>(
    sql`SELECT key_name AS name, count(*)::int AS n FROM user_keys GROUP BY 1 ORDER BY 1`,
  );
  const record = (rows: readonly { name: string; n: number }[]) =>
    Object.fromEntries(rows.map(({ name, n }) => [name, n]));
  return { plain: record(plain.rows), keys: record(keys.rows) };
}

async function eachOwner(owners: AsyncIterable<Owner>, work: (owner: Owner) => Promise<Rewritten>): Promise<Rewritten> {
  const total: Rewritten = { rows: 0, unreadable: 0 };
  for await (const owner of owners) {
    const { rows, unreadable } = await work(owner);
    total.rows += rows;
    total.unreadable += unreadable;
  }
  return total;
}

/** People of whom something is plain, by name. */
async function* plainOwners(db: Db): AsyncGenerator<Owner> {
  for (let after: Owner = { tenantId: '', userId: '' }; ; ) {
    const first = SHELVES.map(
      ({ table, isPlain }) => sql`
        (SELECT tenant_id, user_id FROM ${sql.identifier(table)} WHERE ${sql.raw(isPlain)}
           AND (tenant_id, user_id) > (${after.tenantId}, ${after.userId}) ORDER BY tenant_id, user_id LIMIT 1)`,
    );
    const found = await db.execute<OwnerRow>(
      sql`SELECT * FROM (${sql.join(first, sql` UNION ALL `)}) AS o ORDER BY tenant_id, user_id LIMIT 1`,
    );
    const [row] = found.rows;
    if (!row) return;
    after = { tenantId: row.tenant_id, userId: row.user_id };
    yield after;
  }
}

/** People who have a key, by name. */
async function* keyedOwners(db: Db): AsyncGenerator<Owner> {
  for (let after: Owner = { tenantId: '', userId: '' }; ; ) {
    const found = await db.execute<OwnerRow>(sql`
      SELECT DISTINCT tenant_id, user_id FROM user_keys WHERE (tenant_id, user_id) > (${after.tenantId}, ${after.userId})
      ORDER BY tenant_id, user_id LIMIT ${BATCH}`);
    for (const row of found.rows) {
      after = { tenantId: row.tenant_id, userId: row.user_id };
      yield after;
    }
    if (found.rows.length < BATCH) return;
  }
}

const isPresent = ({ tenantId, userId }: Owner) =>
  sql.join(
    ['users', ...SHELVES.map(({ table }) => table)].map(
      (table) =>
        sql`EXISTS (SELECT 1 FROM ${sql.identifier(table)} WHERE tenant_id = ${tenantId} AND user_id = ${userId})`,
    ),
    sql` OR `,
  );
