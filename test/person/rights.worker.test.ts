import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Owner, Scope } from '../../src/auth/contract.ts';
import { openDb } from '../../src/persistence/db.ts';
import { openSealedDb } from '../../src/persistence/sealed-db.ts';
import type { ErasureProof, ErasureReceipt } from '../../src/person/erasure/contract.ts';
import { isGenuine } from '../../src/person/erasure/receipt.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { withoutPostgres } from '../helpers/outage.ts';
import {
  consumed,
  evict,
  holdQueue,
  inPostgres,
  objectOf,
  recordsInPostgres,
  ring,
  statusOf,
  sync,
  tablesOf,
  wipe,
} from '../helpers/person.ts';
import { HISTORY } from '../helpers/seed.ts';
import { SECRETS } from '../helpers/victim.ts';
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
const erase = () => app.send<ErasureReceipt>('DELETE', at());
const proof = (id: string, query = `?user_id=${owner.userId}`) => app.get<ErasureProof>(`/erasures/${id}${query}`);
const person = () => wholePerson(app, owner);
const reconcile = () => reconciled(app, owner.userId);

/** What the API shows of a person, by path. */
async function shown(ids: Record<string, string>): Promise<Record<string, unknown>> {
  const paths = [
    ...['/messages?limit=100', '/palaces', `/palaces/${ids.palace_id}/rooms`, '/memories?limit=100', '/consent'],
    ...['/trails', `/trails/${ids.trail_id}`, '/mirror/decisions', '/reconstructions', '/digs', '/gaps'],
    ...['/mirror', '/mirror/fingerprint'],
  ];
  const entries = paths.map(async (path) => [path, withoutStrength((await app.get(at(path))).body)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Strength fades with every millisecond. */
const withoutStrength = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body), (name, value) => (name === 'strength' || name === 'mood' ? undefined : value));

const inTables = async (): Promise<Record<string, number>> => {
  const counts = ['users', 'user_keys', 'messages', 'memories', 'records', 'api_keys'].map(async (table) => {
    const found = await openDb(env).execute<{ n: number }>(
      sql`SELECT count(*)::int AS n FROM ${sql.identifier(table)} WHERE tenant_id = ${owner.tenantId} AND user_id = ${owner.userId}`,
    );
    return [table, found.rows[0]!.n];
  });
  return Object.fromEntries(await Promise.all(counts));
};
const NOTHING = { users: 0, user_keys: 0, messages: 0, memories: 0, records: 0, api_keys: 0 };

describe('an object that was lost', () => {
  it('comes back with palaces, trails, consents, decisions, reconstructions and digs, and shows the same', async () => {
    const ids = await person();
    const before = await shown(ids);
    await sync(owner); // the reads were logged
    await wipe(owner);
    expect(await shown(ids)).toEqual(before);
  });

  it('comes back with its audit log, the new reads at its end', async () => {
    await person();
    const log = async () =>
      (await app.get<{ items: { sequence: number; action: string }[] }>(at('/audit?limit=100'))).body;
    const before = (await log()).items;
    await wipe(owner);
    // where Postgres is slow, a read answers with what has come back so far
    await vi.waitFor(async () => expect((await log()).items).toEqual(before), { timeout: 10_000 });
  });

  it('keeps what was said here before it came back', async () => {
    await person();
    await wipe(owner);
    await withoutPostgres(() => app.post('/message', { user_id: owner.userId, content: 'A word in between.' }));
    await evict(owner);
    const consent = await app.send<{ style: { granted: boolean } }>('PUT', at('/consent'), { style: false });
    expect(consent.body.style.granted).toBe(false);
    await sync(owner);
    await wipe(owner);
    expect((await app.get<{ style: { granted: boolean } }>(at('/consent'))).body.style.granted).toBe(false);
  });
});

describe('what is no message', () => {
  const trails = async () => (await recordsInPostgres(owner, 'trail')).map(({ name }) => name);
  /** A message, to be walked by. */
  const memory = async (): Promise<string> => {
    const body = { user_id: owner.userId, content: 'A walk along the shore.' };
    return (await app.post<{ message_ids: string[] }>('/message?wait=true', body)).body.message_ids[0]!;
  };
  const walk = async (name: string, memory_id: string): Promise<string> => {
    const made = await app.post<{ id: string }>(at('/trails'), { name, stops: [{ memory_id }] });
    expect(made.status).toBe(201);
    return made.body.id;
  };
  const desk = <T>(use: (desk: { take(): { through: object }; confirm(through: object): void }) => T): Promise<T> =>
    runInDurableObject(objectOf(owner), (object) => use((object as unknown as { syncing: never }).syncing));

  it('reaches Postgres also when it changes while a consumer has it', async () => {
    const place = await memory();
    const id = await walk('Shore', place);
    const { through } = await desk((it) => it.take());
    await app.delete(at(`/trails/${id}`));
    await walk('Hills', place);
    await desk((it) => it.confirm(through));
    await sync(owner);
    expect(await trails()).toEqual(['Hills']);
  });

  it('does not come back when it is deleted here while Postgres still has it', async () => {
    const id = await withoutPostgres(async () => walk('Shore', await memory()));
    await sync(owner); // the object has not yet learned what else Postgres has
    expect(await trails()).toEqual(['Shore']);
    await withoutPostgres(() => app.delete(at(`/trails/${id}`)));
    await evict(owner);
    expect((await app.get<{ items: unknown[] }>(at('/trails'))).body.items).toEqual([]);
    await sync(owner);
    expect(await trails()).toEqual([]);
  });

  it('is told to Postgres by itself, without a message', async () => {
    const asked = holdQueue();
    owner = stranger(app);
    await app.send('PUT', at('/consent'), { style: true });
    await app.post(at('/palaces'), { name: 'Summer house' });
    await vi.waitFor(() => expect(asked.some(({ userId }) => userId === owner.userId)).toBe(true), { timeout: 10_000 });
  });
});

describe('reconciling', () => {
  it('finds object and Postgres equal, part by part, once everything is saved', async () => {
    await person();
    await sync(owner);
    const { equal, unsaved, parts } = await reconcile();
    expect([equal, unsaved]).toEqual([true, 0]);
    for (const { name, object, postgres } of parts) expect([name, object]).toEqual([name, postgres]);
    expect(parts.filter(({ object }) => object.count > 0).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['messages', 'palace', 'consent', 'audit', 'trail', 'decision', 'reconstruction', 'dig']),
    );
  });

  it('mends what is missing, what is other and what is too much in Postgres', async () => {
    await person();
    await sync(owner);
    const db = openDb(env);
    const ofUser = sql`tenant_id = ${owner.tenantId} AND user_id = ${owner.userId}`;
    const ids = new Map((await inPostgres(owner)).map(({ messageId, id }) => [messageId, id]));
    const row = (messageId: string) => sql`${ofUser} AND id = ${ids.get(messageId)}`;
    await db.execute(sql`DELETE FROM messages WHERE ${row('h1')}`);
    await db.execute(sql`UPDATE messages SET role = 'forged' WHERE ${row('h2')}`);
    await db.execute(sql`
      INSERT INTO messages (tenant_id, user_id, id, seq, natural_key, conversation_id, role, content, sent_at, accepted_at)
      SELECT tenant_id, user_id, 'surplus', seq, 'surplus', 'default', role, 'from before there was encryption', sent_at,
        accepted_at FROM messages WHERE ${row('h3')}`);
    await db.execute(sql`DELETE FROM messages WHERE ${row('h3')}`);
    await db.execute(sql`DELETE FROM records WHERE ${ofUser} AND kind = 'trail'`);
    await db.execute(sql`UPDATE records SET body = '{}', sealed = NULL WHERE ${ofUser} AND kind = 'decision'`);
    await db.execute(
      sql`INSERT INTO records (tenant_id, user_id, kind, id, seq, body) VALUES (${owner.tenantId}, ${owner.userId}, 'dig', 'x', 1, '{}')`,
    );
    expect(await reconcile()).toMatchObject({ equal: false, sent_again: 5, removed: 3 });
    await sync(owner);
    expect(await reconcile()).toMatchObject({ equal: true, sent_again: 0, removed: 0 });
  });
});

describe('a row that Postgres refuses', () => {
  it('is set aside and shown, and holds up no other', async () => {
    await app.post('/messages?wait=true', { user_id: owner.userId, messages: HISTORY });
    await runInDurableObject(objectOf(owner), (_object, { storage }) => {
      storage.sql.exec(`UPDATE message SET role = 'nul' || char(0) WHERE message_id = 'h2'`);
    });
    const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
    await sync(owner);
    noise.mockRestore();
    expect((await inPostgres(owner)).map(({ messageId }) => messageId)).toEqual(['h0', 'h1', 'h3', 'h4', 'h5']);
    expect(await statusOf(app, owner.userId)).toMatchObject({ outbox: 0, set_aside: 1 });
  });
});

describe('erasing a user', () => {
  it('leaves nothing here or in Postgres, and gives a receipt that anyone can check', async () => {
    const ids = await person();
    const { status, body } = await erase();
    expect([status, body.status]).toEqual([200, 'completed']);
    expect(body.removed).toMatchObject({
      messages: MESSAGES,
      postgres_messages: MESSAGES,
      api_keys: 1,
      trails: 1,
      decisions: 1,
    });
    expect(await inTables()).toEqual(NOTHING);
    expect(await tablesOf(owner)).toEqual([]);
    for (const path of ['', '/messages', '/consent', `/trails/${ids.trail_id}`]) {
      expect((await app.get(at(path))).status).toBe(404);
    }
    const key = body.signature!.public_key;
    expect(await isGenuine(body, key)).toBe(true);
    expect(await isGenuine({ ...body, removed: { messages: 0 } } as typeof body, key)).toBe(false);
    expect(JSON.stringify(body)).not.toContain(owner.userId);
  });

  it('is proved absent later, and the proof says so when it is not true', async () => {
    await person();
    const { receipt_id } = (await erase()).body;
    const { body } = await proof(receipt_id);
    expect([body.absent, Object.values(body.remaining).every((n) => n === 0)]).toEqual([true, true]);
    expect(await isGenuine(body, body.signature.public_key)).toBe(true);
    await openDb(env).execute(
      sql`INSERT INTO users (tenant_id, user_id, created_at) VALUES (${owner.tenantId}, ${owner.userId}, '2020-01-01')`,
    );
    expect((await proof(receipt_id)).body).toMatchObject({ absent: false, remaining: { users: 1 } });
  });

  it('refuses what cannot be the id of a receipt, which Postgres would not take', async () => {
    const reply = await app.get<{ code: string }>('/erasures/%00');
    expect([reply.status, reply.body.code]).toEqual([400, 'invalid_input']);
  });

  it('tells nobody else, and not whom it was about', async () => {
    await person();
    const { receipt_id } = (await erase()).body;
    expect((await proof(receipt_id, '')).body).toMatchObject({ absent: null, remaining: {} });
    expect((await proof(receipt_id, '?user_id=other')).status).toBe(404);
    const stranger = await newClient({ scopes: Scope.options });
    expect((await stranger.get(`/erasures/${receipt_id}`)).status).toBe(404);
    const kept = await openDb(env).execute(sql`SELECT * FROM erasures WHERE receipt_id = ${receipt_id}`);
    for (const secret of [owner.userId, ...SECRETS]) expect(JSON.stringify(kept.rows)).not.toContain(secret);
  });

  it('answers the same receipt when it is asked again', async () => {
    await person();
    const first = (await erase()).body;
    expect((await erase()).body).toEqual(first);
  });

  it('is not found of a user who never was', async () => {
    expect((await erase()).status).toBe(404);
    expect(await tablesOf(owner)).toEqual([]);
  });

  it('erases what only Postgres has', async () => {
    await person();
    await wipe(owner);
    expect((await erase()).body.removed).toMatchObject({ messages: 0, postgres_messages: MESSAGES });
    expect(await inTables()).toEqual(NOTHING);
  });

  it('is not undone by a delivery that comes late', async () => {
    await person();
    await app.post('/message?wait=true', { user_id: owner.userId, content: 'The last words.' });
    const held = await runInDurableObject(objectOf(owner), (object) =>
      (
        object as unknown as { syncing: { take(): { bornAt: number; rows: never[]; records: never[] } } }
      ).syncing.take(),
    );
    await erase();
    const { upsertMessages } = await import('../../src/persistence/messages.ts');
    const { saveRecords } = await import('../../src/persistence/records.ts');
    const { personHash } = await import('../../src/auth/service-secret.ts');
    const life = { ...owner, bornAt: held.bornAt, personHash: await personHash(env.SERVICE_SECRET, owner) };
    expect(await upsertMessages(openSealedDb(env), life, held.rows)).not.toBeNull();
    expect(await saveRecords(openSealedDb(env), life, held.records)).not.toBeNull();
    expect((await consumed({ kind: 'sync', ...owner })).acked).toEqual(['0']);
    expect(await inTables()).toEqual(NOTHING);
  });

  it('lets the user begin anew, though clocks differ', async () => {
    await person();
    const { receipt_id } = (await erase()).body;
    await app.post('/message?wait=true', { user_id: owner.userId, content: 'A new beginning.' });
    await runInDurableObject(objectOf(owner), (_object, { storage }) => {
      storage.sql.exec(`UPDATE meta SET value = '1' WHERE key = 'born_at'`);
    });
    await sync(owner);
    expect((await inPostgres(owner)).map(({ content }) => content)).toEqual(['A new beginning.']);
    expect((await proof(receipt_id)).body.absent).toBe(true);
  });

  it('is told as pending while Postgres is away, refuses everything, and is done once it is back', async () => {
    await person();
    const reply = await withoutPostgres(async () => {
      const first = await erase();
      const write = await app.post('/message', { user_id: owner.userId, content: 'Am I still here?' });
      expect([write.status, (await app.get(at('/messages'))).status]).toEqual([503, 503]);
      expect((await erase()).body).toEqual(first.body);
      return first;
    });
    expect([reply.status, reply.body.status, reply.body.signature]).toEqual([202, 'pending', null]);
    expect((await tablesOf(owner)).filter((name) => !name.startsWith('sqlite_'))).toEqual(['erasure']);
    expect((await proof(reply.body.receipt_id)).body).toMatchObject({ absent: null, receipt: { status: 'pending' } });
    await ring(owner);
    expect(await inTables()).toEqual(NOTHING);
    expect(await tablesOf(owner)).toEqual([]);
    expect((await proof(reply.body.receipt_id)).body).toMatchObject({ absent: true, receipt: { status: 'completed' } });
  });
});

describe('an erasure', () => {
  it('is not told as done while a cache does not answer, though Postgres has done its part', async () => {
    await person();
    const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
    const away = vi.spyOn(env.EMBEDDER, 'forget').mockRejectedValue(new Error('away'));
    const { status, body } = (await erase()) as { status: number; body: ErasureReceipt };
    expect([status, await inTables()]).toEqual([202, NOTHING]);
    expect((await proof(body.receipt_id)).body).toMatchObject({ absent: null, receipt: { status: 'pending' } });
    away.mockRestore();
    noise.mockRestore();
    await ring(owner);
    expect((await proof(body.receipt_id)).body).toMatchObject({ absent: true, receipt: { status: 'completed' } });
  });

  it('is not held up by a statement that was not read to its end', async () => {
    await person();
    const open = await runInDurableObject(objectOf(owner), (_object, { storage }) => {
      const rows = storage.sql.exec('SELECT * FROM message');
      rows.next();
      return { rows };
    });
    expect((await erase()).status).toBe(200);
    expect(open).toBeDefined();
  });
});
