import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import journal from '../../../drizzle/migrations/meta/_journal.json' with { type: 'json' };
import { migrateDown, migrateUp } from '../../../scripts/migrate.ts';
import { type Db, openDb } from '../../../src/persistence/db.ts';
import { erasePerson } from '../../../src/persistence/erasures.ts';
import { pageMessages, upsertMessages } from '../../../src/persistence/messages.ts';
import { pageRecords, saveRecords } from '../../../src/persistence/records.ts';
import type { SealedDb } from '../../../src/persistence/sealed-db.ts';
import { parseKeyRing } from '../../../src/persistence/sealing/key-ring.ts';
import { rewrapAll, rotateDataKey, sealAll, sealingState, unsealAll } from '../../../src/persistence/sealing/rekey.ts';
import { UserKeys } from '../../../src/persistence/sealing/user-keys.ts';
import { type Services, startServices } from '../../helpers/services.ts';
import { FULL, storedMessage } from '../../helpers/stored-message.ts';

const MARK = 'quixoticzebrafinch';
const LIFE = {
  palace: { id: 'p', name: `${MARK} house`, layout: 'mansion', isDefault: true, createdAt: 1 },
  ...{ kind: 'message' as const, salience: 1, pinned: false, stability: 1, difficulty: 1, reps: 0, lapses: 0 },
  ...{ lastReview: 0, due: 0, validFrom: 0, validUntil: null, supersededBy: null, duplicateOf: null, wordsKey: MARK },
};
/** A message that holds the mark wherever a person or a client may write. */
const marked = (n: number) =>
  storedMessage(n, {
    ...{ content: `The ${MARK} sang ${n} times`, speaker: MARK, messageId: `${MARK}-${n}`, conversationId: MARK },
    ...{ metadata: { tag: MARK }, keystrokes: { intervals_ms: [1], note: MARK } },
    ...{ vector: { model: 'm', scale: 1 / 127, bytes: new TextEncoder().encode(MARK) }, position: [1, 2, 3] as const },
    ...{ life: LIFE, category: 'work', strength: 0.5 },
  });
const RECORD = { kind: 'trail', id: 'r1', seq: 1, body: { name: MARK, stops: [{ note: MARK }] } };

/** Migrations to undo to be where nothing was sealed. */
const TO_BEFORE = journal.entries.length - journal.entries.findIndex(({ tag }) => tag === '0005_sealed');
const secret = (name: string) => `${name}:${name.repeat(32)}`;
let services: Services;
let db: Db;
let users = 0;
let owner: { tenantId: string; userId: string };
beforeAll(async () => {
  services = await startServices();
  db = openDb({ DATABASE_URL: services.databaseUrl, NEON_LOCAL_PROXY: services.neonProxy });
});
beforeEach(async () => {
  owner = { tenantId: 't', userId: `u${++users}` };
  await db.execute(sql`TRUNCATE users, user_keys, messages, memories, records, erasures`);
});
afterAll(() => services.stop());

/** An isolate that has just started, with these secrets. */
const isolate = (...names: string[]): SealedDb => ({
  db,
  keys: new UserKeys(parseKeyRing(names.map(secret).join(','))),
});
const life = (bornAt = 0) => ({ ...owner, personHash: owner.userId, bornAt });
const all = (store: SealedDb) => pageMessages(store, owner, null, 1_000);
const trails = (store: SealedDb) => pageRecords(store, owner, 'trail', null, 10);
const ofUser = () => sql`tenant_id = ${owner.tenantId} AND user_id = ${owner.userId}`;
const quietly = async <T>(work: Promise<T>): Promise<T> => {
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  return work.finally(() => noise.mockRestore());
};

/** Whether the mark stands anywhere in the tables, as text or as bytes. */
async function isMarked(): Promise<boolean> {
  const hex = Buffer.from(MARK).toString('hex');
  const found = await db.execute<{ text: string }>(sql`
    SELECT string_agg(text, ' ') AS text FROM (SELECT t::text FROM messages t UNION ALL SELECT t::text FROM memories t
      UNION ALL SELECT t::text FROM records t UNION ALL SELECT t::text FROM user_keys t) AS x(text)`);
  const text = found.rows[0]?.text ?? '';
  return text.includes(MARK) || text.includes(hex);
}

/** A person as a release before encryption left them. */
async function plainPerson(count: number): Promise<void> {
  const store = isolate('a');
  await upsertMessages(
    store,
    life(),
    Array.from({ length: count }, (_, n) => marked(n + 1)),
  );
  await saveRecords(store, life(), [RECORD]);
  await unsealAll(store);
  await db.execute(sql`DELETE FROM user_keys WHERE ${ofUser()}`);
}

it('keeps no word, no name and no vector of a person readable in the database', async () => {
  const store = isolate('a');
  await upsertMessages(store, life(), [marked(1), marked(2)]);
  await saveRecords(store, life(), [RECORD]);
  expect(await isMarked()).toBe(false);
  expect(await all(isolate('a'))).toEqual([marked(1), marked(2)]);
  expect(await trails(isolate('a'))).toEqual([RECORD]);
});

it('tells rows that were swapped, cut, or whose key is gone, and reads all others', async () => {
  await upsertMessages(
    isolate('a'),
    life(),
    [1, 2, 3, 4, 5].map((n) => marked(n)),
  );
  const at = (n: number) => sql`${ofUser()} AND id = ${marked(n).id}`;
  await db.execute(sql`UPDATE messages SET sealed = (SELECT sealed FROM messages WHERE ${at(2)}) WHERE ${at(1)}`);
  await db.execute(sql`UPDATE messages SET sealed = substring(sealed FROM 1 FOR 30) WHERE ${at(3)}`);
  await db.execute(sql`UPDATE messages SET sealed = overlay(sealed PLACING '\\x00'::bytea FROM 4) WHERE ${at(4)}`);
  const { id } = marked(5);
  await db.execute(sql`UPDATE memories SET sealed_vector = sealed_life WHERE ${ofUser()} AND message_id = ${id}`);
  expect(await all(isolate('a'))).toEqual([
    { id: marked(1).id, seq: 1, unreadable: 'altered' },
    marked(2),
    { id: marked(3).id, seq: 3, unreadable: 'truncated' },
    { id: marked(4).id, seq: 4, unreadable: 'key_missing' },
    { ...marked(5), vector: null, damaged: 'altered' },
  ]);
});

it('cannot read what was kept aside of somebody who was erased, though they have begun anew', async () => {
  await upsertMessages(isolate('a'), life(), [marked(1)]);
  const dump = await db.execute<{ row: string }>(
    sql`SELECT to_jsonb(m)::text AS row FROM messages m WHERE ${ofUser()}`,
  );
  const tombstone = { receiptId: owner.userId, tenantId: 't', personHash: owner.userId, requestedAt: 1, counts: {} };
  const { tombstone: kept } = await erasePerson(db, owner, { ...tombstone, erasedAt: Date.now() });
  expect(kept.counts).toMatchObject({ data_keys: 1, postgres_messages: 1 });
  const left = await db.execute<{ n: number }>(sql`SELECT count(*)::int AS n FROM user_keys WHERE ${ofUser()}`);
  expect(left.rows).toEqual([{ n: 0 }]);
  await upsertMessages(isolate('a'), life(Date.now() + 1), [marked(2)]);
  await db.execute(
    sql`INSERT INTO messages SELECT * FROM jsonb_populate_record(null::messages, ${dump.rows[0]!.row}::jsonb)`,
  );
  expect(await all(isolate('a'))).toEqual([{ id: marked(1).id, seq: 1, unreadable: 'key_missing' }, marked(2)]);
});

it('makes no key for who was erased, and writes nothing with one that is gone', async () => {
  const store = isolate('a');
  await upsertMessages(store, life(), [marked(1)]); // holds the key now
  const tombstone = { receiptId: owner.userId, tenantId: 't', personHash: owner.userId, requestedAt: 1, counts: {} };
  await erasePerson(db, owner, { ...tombstone, erasedAt: 5_000 });
  expect(await upsertMessages(store, life(), [marked(1)])).toBe(5_000);
  expect(await upsertMessages(isolate('a'), life(), [marked(1)])).toBe(5_000);
  expect(await upsertMessages(store, life(6_000), [marked(1)])).toBeNull();
  expect(await all(isolate('a'))).toEqual([marked(1)]);
});

it('goes on with the keys it has read for a minute, and no longer', async () => {
  let now = 0;
  const store: SealedDb = { db, keys: new UserKeys(parseKeyRing(secret('a')), () => now) };
  await upsertMessages(store, life(), [marked(1)]);
  await db.execute(sql`DELETE FROM user_keys WHERE ${ofUser()}`);
  now = 59_000;
  expect(await all(store)).toEqual([marked(1)]);
  now = 60_000;
  expect(await all(store)).toEqual([{ id: marked(1).id, seq: 1, unreadable: 'key_missing' }]);
});

it('gives one key to isolates that write a new person at once', async () => {
  const writes = [1, 2, 3, 4, 5, 6].map((n) => upsertMessages(isolate('a'), life(), [marked(n)]));
  await Promise.all(writes);
  expect(await all(isolate('a'))).toEqual([1, 2, 3, 4, 5, 6].map((n) => marked(n)));
});

it('wraps all data keys under the first secret while others read, and then needs no other', async () => {
  await upsertMessages(isolate('a'), life(), [marked(1)]);
  await quietly(expect(all(isolate('b'))).rejects.toMatchObject({ code: 'unavailable' }));
  expect(await rewrapAll(db, parseKeyRing(secret('b'))!)).toEqual({ rewrapped: 0, failed: 1 });
  expect(await all(isolate('b', 'a'))).toEqual([marked(1)]);
  const both = parseKeyRing([secret('b'), secret('a')].join(','))!;
  expect(await rewrapAll(db, both)).toEqual({ rewrapped: 1, failed: 0 });
  expect(await rewrapAll(db, both)).toEqual({ rewrapped: 0, failed: 0 });
  expect(await all(isolate('b'))).toEqual([marked(1)]);
});

it('gives a person a new data key, beside a writer who holds the old one, and drops the old one', async () => {
  const [writer, operator] = [isolate('a'), isolate('a')];
  await upsertMessages(writer, life(), [marked(1), marked(2)]);
  await saveRecords(writer, life(), [RECORD]);
  const ids = async () => (await db.execute<{ id: string }>(sql`SELECT id FROM user_keys WHERE ${ofUser()}`)).rows;
  const before = await ids();
  expect(await rotateDataKey(operator, owner)).toEqual({ rows: 5, unreadable: 0 });
  await upsertMessages(writer, life(), [marked(3)]);
  const after = await ids();
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
  for (const reader of [writer, isolate('a')]) expect(await all(reader)).toEqual([1, 2, 3].map((n) => marked(n)));
  expect(await rotateDataKey(operator, { tenantId: 't', userId: 'nobody' })).toBeNull();
});

it('reads rows from before there was encryption, and encrypts them in batches', async () => {
  await plainPerson(450);
  const messages = Array.from({ length: 450 }, (_, n) => marked(n + 1));
  expect(await all(isolate('a'))).toEqual(messages);
  expect(await trails(isolate('a'))).toEqual([RECORD]);
  expect(await isMarked()).toBe(true);
  expect(await sealAll(isolate('a'))).toEqual({ rows: 901, unreadable: 0 });
  expect(await isMarked()).toBe(false);
  expect((await sealingState(db)).plain).toEqual({ messages: 0, memories: 0, records: 0 });
  expect(await sealAll(isolate('a'))).toEqual({ rows: 0, unreadable: 0 });
  expect(await all(isolate('a'))).toEqual(messages);
  expect(await trails(isolate('a'))).toEqual([RECORD]);
});

it('seals what comes new of a plain row, and leaves nothing plain beside it', async () => {
  await plainPerson(1);
  const vector = { model: 'other', scale: 2, bytes: new Uint8Array(4) };
  await upsertMessages(isolate('a'), life(), [{ ...marked(1), vector }]);
  await saveRecords(isolate('a'), life(), [{ ...RECORD, seq: 2, body: { name: 'new' } }]);
  expect(await all(isolate('a'))).toEqual([{ ...marked(1), vector }]);
  expect((await sealingState(db)).plain).toEqual({ messages: 1, memories: 0, records: 0 });
});

it('saves nothing and opens nothing without secrets, and says so, but reads what is plain', async () => {
  await plainPerson(1);
  const none: SealedDb = { db, keys: new UserKeys(null) };
  expect(await all(none)).toEqual([marked(1)]);
  await quietly(expect(upsertMessages(none, life(), [marked(2)])).rejects.toMatchObject({ code: 'unavailable' }));
  expect(await all(none)).toEqual([marked(1)]);
  await upsertMessages(isolate('a'), life(), [FULL]);
  await quietly(expect(all(none)).rejects.toMatchObject({ code: 'unavailable' }));
});

it('can be rolled back without loss: not before everything is plain again', async () => {
  await upsertMessages(isolate('a'), life(), [marked(1)]);
  await saveRecords(isolate('a'), life(), [RECORD]);
  await expect(migrateDown(services.databaseUrl, TO_BEFORE)).rejects.toThrow('rows are sealed');
  await migrateUp(services.databaseUrl);
  expect(await unsealAll(isolate('a'))).toEqual({ rows: 3, unreadable: 0 });
  await migrateDown(services.databaseUrl, TO_BEFORE);
  const text = await db.execute<{ content: string }>(sql`SELECT content FROM messages WHERE ${ofUser()}`);
  expect(text.rows).toEqual([{ content: marked(1).content }]);
  await migrateUp(services.databaseUrl);
  expect(await sealAll(isolate('a'))).toEqual({ rows: 3, unreadable: 0 });
  expect(await all(isolate('a'))).toEqual([marked(1)]);
});
