import { afterAll, beforeAll, expect, it } from 'vitest';
import { findKeyByHash, insertKey, type NewKey } from '../../src/persistence/api-keys.ts';
import { type Db, openDb } from '../../src/persistence/db.ts';
import { pingDatabase } from '../../src/persistence/health.ts';
import { type Services, startServices } from '../helpers/services.ts';

let services: Services;
let db: Db;
beforeAll(async () => {
  services = await startServices();
  db = openDb({ DATABASE_URL: services.databaseUrl, NEON_LOCAL_PROXY: services.neonProxy });
});
afterAll(() => services.stop());

const KEY: NewKey = {
  id: 'k1',
  tenantId: 't1',
  name: 'a key',
  hash: 'ab'.repeat(32),
  prefix: 'pal_k1',
  scopes: ['ingest', 'read'],
  userId: 'ana',
  ratePerMinute: 60,
  expiresAt: Date.UTC(2030, 0, 1),
};

it('finds a stored key by its hash, with what it allows', async () => {
  await insertKey(db, KEY, 'Tenant');
  const { name: _name, hash: _hash, prefix: _prefix, ...allowed } = KEY;
  expect(await findKeyByHash(db, KEY.hash)).toEqual({ ...allowed, revokedAt: null });
});

it('answers null for a hash that is not there', async () => {
  expect(await findKeyByHash(db, 'cd'.repeat(32))).toBeNull();
});

it('changes nothing when a key is stored again', async () => {
  await insertKey(db, { ...KEY, scopes: ['admin'] }, 'Tenant');
  expect((await findKeyByHash(db, KEY.hash))?.scopes).toEqual(KEY.scopes);
});

it('says when the database does not answer', async () => {
  await expect(pingDatabase(db)).resolves.toBeUndefined();
  const nowhere = openDb({
    DATABASE_URL: services.databaseUrl.replace(/palimpsest$/, 'nowhere'),
    NEON_LOCAL_PROXY: services.neonProxy,
  });
  await expect(pingDatabase(nowhere)).rejects.toThrow();
});
