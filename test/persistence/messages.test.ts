import { afterAll, beforeAll, expect, it } from 'vitest';
import { deleteMessages, type PagedMessage, pageMessages, upsertMessages } from '../../src/persistence/messages.ts';
import { openSealedDb, type SealedDb } from '../../src/persistence/sealed-db.ts';
import { type Services, startServices } from '../helpers/services.ts';
import { FULL, storedMessage as message } from '../helpers/stored-message.ts';

let services: Services;
let db: SealedDb;
beforeAll(async () => {
  services = await startServices();
  db = openSealedDb({
    DATABASE_URL: services.databaseUrl,
    NEON_LOCAL_PROXY: services.neonProxy,
    ENCRYPTION_KEYS: `one:${'1'.repeat(32)}`,
  });
});
afterAll(() => services.stop());

const life = (tenantId: string, userId: string) => ({
  tenantId,
  userId,
  personHash: `${tenantId} ${userId}`,
  bornAt: 0,
});
const contents = (rows: PagedMessage[]) => rows.map((row) => ('content' in row ? row.content : row.unreadable));
const all = (user: string) => pageMessages(db, { tenantId: 't', userId: user }, null, 1000);

it('gives back every field of a message as it was written', async () => {
  await upsertMessages(db, life('t', 'fields'), [FULL, message(2)]);
  expect(await all('fields')).toEqual([FULL, message(2)]);
});

it('changes nothing when the same batch is delivered again', async () => {
  const batch = Array.from({ length: 500 }, (_, n) => message(n));
  await upsertMessages(db, life('t', 'again'), batch);
  await upsertMessages(db, life('t', 'again'), batch);
  expect(await all('again')).toEqual(batch);
});

it('accepts one message twice in one batch', async () => {
  await upsertMessages(db, life('t', 'twice'), [message(1), message(1)]);
  expect(await all('twice')).toEqual([message(1)]);
});

it('leaves out a message whose natural key is there under another id, with its memory', async () => {
  await upsertMessages(db, life('t', 'natural'), [message(1)]);
  await upsertMessages(db, life('t', 'natural'), [message(2, { naturalKey: 'key1', position: [1, 1, 1] }), message(3)]);
  expect((await all('natural')).map((row) => row.id)).toEqual([message(1).id, message(3).id]);
  await deleteMessages(db.db, life('t', 'natural'), [message(1).id]);
  await upsertMessages(db, life('t', 'natural'), [message(2, { naturalKey: 'key1' })]);
  expect((await all('natural'))[0]).toMatchObject({ position: null });
});

it('replaces a vector and a position by newer ones', async () => {
  const vector = { model: 'other', scale: 2, bytes: new Uint8Array(4) };
  await upsertMessages(db, life('t', 'newer'), [FULL]);
  await upsertMessages(db, life('t', 'newer'), [{ ...FULL, vector, position: [7, 8, 9] }]);
  expect(await all('newer')).toEqual([{ ...FULL, vector, position: [7, 8, 9] }]);
});

it('keeps a vector and a position when an older delivery without them comes late', async () => {
  await upsertMessages(db, life('t', 'late'), [FULL]);
  await upsertMessages(db, life('t', 'late'), [{ ...FULL, vector: null, position: null }]);
  expect(await all('late')).toEqual([FULL]);
});

it('keeps the same ids of two users and two tenants apart', async () => {
  await upsertMessages(db, life('t', 'apart'), [message(1, { content: 'of t/apart' })]);
  await upsertMessages(db, life('t', 'other'), [message(1, { content: 'of t/other' })]);
  await upsertMessages(db, life('u', 'apart'), [message(1, { content: 'of u/apart' })]);
  await deleteMessages(db.db, life('u', 'apart'), [message(1).id]);
  expect(contents(await all('apart'))).toEqual(['of t/apart']);
  expect(contents(await all('other'))).toEqual(['of t/other']);
  expect(await pageMessages(db, { tenantId: 'u', userId: 'apart' }, null, 10)).toEqual([]);
});

it('pages through all messages, each once, in order of arrival and then of id', async () => {
  const batch = Array.from({ length: 25 }, (_, n) => message(n, { seq: n >> 2 }));
  await upsertMessages(db, life('t', 'paged'), batch.toReversed());
  const read: PagedMessage[] = [];
  for (;;) {
    const page = await pageMessages(db, { tenantId: 't', userId: 'paged' }, read.at(-1) ?? null, 10);
    read.push(...page);
    if (page.length < 10) break;
  }
  expect(read).toEqual(batch);
});

it('deletes messages with their memories and passes over unknown ids', async () => {
  await upsertMessages(db, life('t', 'deleted'), [FULL, message(2)]);
  await deleteMessages(db.db, life('t', 'deleted'), [FULL.id, 'unknown']);
  await upsertMessages(db, life('t', 'deleted'), [{ ...FULL, vector: null, position: null }]);
  expect(await all('deleted')).toEqual([{ ...FULL, vector: null, position: null }, message(2)]);
});

it('writes nothing of a batch that fails half way', async () => {
  const vector = { model: 'NUL \0 is not text to Postgres', scale: 1, bytes: new Uint8Array(1) };
  const broken = message(2, { vector }); // its memory fails, after the messages were written
  await expect(upsertMessages(db, life('t', 'broken'), [message(1), broken])).rejects.toThrow();
  expect(await all('broken')).toEqual([]);
});
