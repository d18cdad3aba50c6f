import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newKey } from '../../scripts/new-key.ts';
import { hashKey } from '../../src/auth/api-key.ts';
import { findKeyByHash } from '../../src/persistence/api-keys.ts';
import { type Db, openDb } from '../../src/persistence/db.ts';
import { type Services, startServices } from '../helpers/services.ts';

const SCRIPT = path.join(import.meta.dirname, '../../scripts/keys.ts');

let services: Services;
let db: Db;
beforeAll(async () => {
  services = await startServices();
  db = openDb({ DATABASE_URL: services.databaseUrl, NEON_LOCAL_PROXY: services.neonProxy });
});
afterAll(() => services.stop());

/** The command as an operator runs it. */
function keys(...args: string[]) {
  const env = { ...process.env, DATABASE_URL: services.databaseUrl, ENCRYPTION_KEYS: '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], { env, encoding: 'utf8' });
  return { status, out: stdout.trim(), said: stderr.trim() };
}
const stored = (key: string) => findKeyByHash(db, hashKey(key));

it('makes the first key of a tenant that is new, with every scope and for every user', async () => {
  const { status, out } = keys('new', 'acme', 'first key');
  expect(status).toBe(0);
  expect(await stored(out)).toMatchObject({
    tenantId: 'acme',
    scopes: ['ingest', 'read', 'profile', 'admin'],
    userId: null,
    expiresAt: null,
    revokedAt: null,
  });
});

it('says how it is called, and prints no key, where the name is missing', () => {
  expect(keys('new', 'acme')).toMatchObject({
    status: 1,
    out: '',
    said: expect.stringMatching(/^palimpsest: usage: /),
  });
});

it('makes another key of a tenant that is there, with the scopes that are asked for', async () => {
  const [one, other] = [
    await newKey(db, 'globex', 'one', []),
    await newKey(db, 'globex', 'a reader', ['ingest', 'read']),
  ];
  expect(other).not.toBe(one);
  expect(await stored(other)).toMatchObject({ tenantId: 'globex', scopes: ['ingest', 'read'] });
});

it.each([
  ['a tenant that would not stand in an address', 'ac/me', 'a key', [], /^tenant: up to 64 letters/],
  ['a scope that there is not', 'acme', 'a key', ['write'], /^scopes 0: .*"ingest"/],
  ['an empty name', 'acme', ' ', [], /^name: /],
])('refuses %s', async (_what, tenant, name, scopes, why) => {
  await expect(newKey(db, tenant, name, scopes)).rejects.toThrow(why);
});

it('says what to do where Postgres has no tables yet', async () => {
  const env = {
    DATABASE_URL: services.databaseUrl.replace(/[^/]+$/, 'postgres'),
    NEON_LOCAL_PROXY: services.neonProxy,
  };
  await expect(newKey(openDb(env), 'acme', 'a key', [])).rejects.toThrow('run "npm run migrate" first');
});
