import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Owner } from '../../src/auth/contract.ts';
import { openDb } from '../../src/persistence/db.ts';
import { type Client, call } from '../helpers/client.ts';
import { consumed, evict, inPostgres, statusOf, sync, wipe } from '../helpers/person.ts';
import { MESSAGES, openApp, reconciled, stranger, wholePerson } from '../helpers/whole-person.ts';

let app: Client;
let owner: Owner;
beforeAll(async () => {
  app = await openApp();
});
beforeEach(() => {
  owner = stranger(app);
});

const at = (path = '') => `/users/${owner.userId}${path}`;
const person = () => wholePerson(app, owner);
const reconcile = () => reconciled(app, owner.userId);

describe('what Postgres has and nobody can decrypt', () => {
  const ofUser = () => sql`tenant_id = ${owner.tenantId} AND user_id = ${owner.userId}`;
  const cut = (table: string, row: ReturnType<typeof sql>) =>
    openDb(env).execute(sql`
      UPDATE ${sql.identifier(table)} SET sealed = substring(sealed FROM 1 FOR 40) WHERE ${ofUser()} AND ${row}`);
  const contents = async () =>
    (await app.get<{ items: { content: string }[] }>(at('/messages?limit=100'))).body.items.map(
      ({ content }) => content,
    );

  it('is written anew by the object that has it', async () => {
    await person();
    await sync(owner);
    await cut('messages', sql`id = (SELECT min(id) FROM messages WHERE ${ofUser()})`);
    await cut('records', sql`kind = 'trail'`);
    expect(await reconcile()).toMatchObject({ equal: false, sent_again: 2, removed: 1, unreadable: 0 });
    await sync(owner);
    expect(await reconcile()).toMatchObject({ equal: true });
  });

  it('is set aside where the object is lost, shown and never removed, and taken back once it can be read', async () => {
    await person();
    await sync(owner);
    const before = await contents();
    const [lost] = await inPostgres(owner);
    const kept = await openDb(env).execute<{ sealed: string }>(
      sql`SELECT encode(sealed, 'hex') AS sealed FROM messages WHERE ${ofUser()} AND id = ${lost!.id}`,
    );
    await cut('messages', sql`id = ${lost!.id}`);
    await cut('records', sql`kind = 'trail'`);
    await wipe(owner);
    expect((await contents()).toSorted()).toEqual(before.toSpliced(before.indexOf(lost!.content), 1).toSorted());
    expect(await statusOf(app, owner.userId)).toMatchObject({ set_aside: 2 });
    expect(await reconcile()).toMatchObject({ equal: false, removed: 0, unreadable: 2 });
    expect(await statusOf(app, owner.userId)).toMatchObject({ set_aside: 2 });
    await openDb(env).execute(sql`
      UPDATE messages SET sealed = decode(${kept.rows[0]!.sealed}, 'hex') WHERE ${ofUser()} AND id = ${lost!.id}`);
    expect(await reconcile()).toMatchObject({ removed: 0, unreadable: 1 });
    expect((await contents()).toSorted()).toEqual(before.toSorted());
    expect(await statusOf(app, owner.userId)).toMatchObject({ set_aside: 1 });
  });

  it('while the secrets are missing waits: nothing is saved, removed or answered wrongly, and it is told', async () => {
    await person();
    await app.post('/message?wait=true', { user_id: owner.userId, content: 'Said while the secrets were missing.' });
    const secrets = env.ENCRYPTION_KEYS;
    const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
    try {
      env.ENCRYPTION_KEYS = '';
      await evict(owner);
      expect((await consumed({ kind: 'sync', ...owner })).retried).toEqual(['0']);
      expect((await app.post(at('/reconcile'))).status).toBe(503);
      const health = await call<{ status: string; checks: object }>('/health/ready');
      expect(health.body).toMatchObject({ status: 'degraded', checks: { encryption: 'down' } });
      expect(await statusOf(app, owner.userId)).toMatchObject({ set_aside: 0 });
    } finally {
      env.ENCRYPTION_KEYS = secrets;
      noise.mockRestore();
    }
    await evict(owner);
    await sync(owner);
    expect(await reconcile()).toMatchObject({ equal: true });
  });

  it('is not taken for nothing when the object is lost and the secrets are missing', async () => {
    await person();
    await sync(owner);
    await wipe(owner);
    const secrets = env.ENCRYPTION_KEYS;
    const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
    try {
      env.ENCRYPTION_KEYS = `new:${'x'.repeat(32)}`; // another secret of the same name
      expect((await app.get(at('/messages'))).status).toBe(503);
    } finally {
      env.ENCRYPTION_KEYS = secrets;
      noise.mockRestore();
    }
    await evict(owner);
    expect(await contents()).toHaveLength(MESSAGES);
  });
});
