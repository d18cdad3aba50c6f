import { eq } from 'drizzle-orm';
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
