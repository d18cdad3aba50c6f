import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { apiKeys, tenants } from '../../drizzle/schema.ts';
import type { Db } from './db.ts';

/** What a request may do, as its key says. Times are epoch ms. */
export interface StoredKey {
  id: string;
  tenantId: string;
  scopes: string[];
  /** the only user it may touch; null: every user of the tenant */
  userId: string | null;
  /** null: the service's default */
  ratePerMinute: number | null;
  expiresAt: number | null;
  revokedAt: number | null;
}

/** A key to store: `hash` is the hex SHA-256 of the whole key, `prefix` its part that may be shown. */
export interface NewKey extends Omit<StoredKey, 'revokedAt'> {
  name: string;
  hash: string;
  prefix: string;
}

/** Revoked and expired keys are found too: the caller decides, and may then say why it refused. */
export async function findKeyByHash(db: Db, hash: string): Promise<StoredKey | null> {
  const [row] = await db.select().from(apiKeys).where(eq(apiKeys.hash, hash)).limit(1);
  if (!row) return null;
  const { id, tenantId, scopes, userId, ratePerMinute, expiresAt, revokedAt } = row;
  return {
    id,
    tenantId,
    scopes,
    userId,
    ratePerMinute,
    expiresAt: expiresAt?.getTime() ?? null,
    revokedAt: revokedAt?.getTime() ?? null,
  };
}

/** Stores a key and its tenant, where that is new. Storing the same key again changes nothing. */
export async function insertKey(db: Db, key: NewKey, tenantName: string): Promise<void> {
  const { expiresAt, ...columns } = key;
  await db.batch([
    db.insert(tenants).values({ id: key.tenantId, name: tenantName }).onConflictDoNothing(),
    db
      .insert(apiKeys)
      .values({ ...columns, expiresAt: expiresAt === null ? null : new Date(expiresAt) })
      .onConflictDoNothing(),
  ]);
}

/** A key as its owner may see it. */
export interface ListedKey extends StoredKey {
  name: string;
  prefix: string;
  createdAt: number;
}

/** Stores a key of a tenant that is there. */
export async function addKey(db: Db, key: NewKey, createdAt: number): Promise<void> {
  const { expiresAt, ...columns } = key;
  await db.insert(apiKeys).values({
    ...columns,
    createdAt: new Date(createdAt),
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
  });
}

/** Whose keys are meant: those of a tenant, or only those bound to one of its users. */
export interface KeyHolder {
  tenantId: string;
  userId: string | null;
}

const heldBy = ({ tenantId, userId }: KeyHolder) =>
  and(eq(apiKeys.tenantId, tenantId), userId === null ? undefined : eq(apiKeys.userId, userId));

/**
 * Keys by id, which is the newest first, revoked and expired ones among them.
 *
 * @param before the id after which the page begins; null: from the first
 */
export async function listKeys(db: Db, holder: KeyHolder, before: string | null, limit: number): Promise<ListedKey[]> {
  const rows = await db
    .select()
    .from(apiKeys)
    .where(and(heldBy(holder), before === null ? undefined : lt(apiKeys.id, before)))
    .orderBy(desc(apiKeys.id))
    .limit(limit);
  return rows.map(({ hash: _, createdAt, expiresAt, revokedAt, ...row }) => ({
    ...row,
    createdAt: createdAt.getTime(),
    expiresAt: expiresAt?.getTime() ?? null,
    revokedAt: revokedAt?.getTime() ?? null,
  }));
}

/** Revokes a key; once revoked it stays so since then. @returns its hash, null if there is no such key */
export async function revokeKey(db: Db, holder: KeyHolder, id: string, now: number): Promise<string | null> {
  const [row] = await db
    .update(apiKeys)
    .set({ revokedAt: sql`COALESCE(${apiKeys.revokedAt}, ${new Date(now).toISOString()}::timestamptz)` })
    .where(and(heldBy(holder), eq(apiKeys.id, id)))
    .returning({ hash: apiKeys.hash });
  return row?.hash ?? null;
}
