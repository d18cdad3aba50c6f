import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { NewEvent } from '../../src/live/contract.ts';
import type { EmotionAnswer } from '../../src/mirror/contract.ts';
import type { Consent } from '../../src/person/consent/contract.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { dialogue, profileRows } from '../helpers/mirror.ts';
import { withoutPostgres } from '../helpers/outage.ts';
import { evict, holdQueue, objectOf, ring, settled, sync, wipe } from '../helpers/person.ts';

let app: Client;
let model: TestEmbedder;
let owner: { tenantId: string; userId: string };
beforeAll(async () => {
  model = useTestEmbedder();
  holdQueue();
  app = await newClient();
});
beforeEach(() => {
  Object.assign(model, { away: false, delayMs: 0 });
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
});

const at = (path: string) => `/users/${owner.userId}${path}`;
const consent = (style: boolean, others: object = {}) =>
  app.send<Consent>('PUT', at('/consent'), { emotion: style, ...others });
const post = (messages: object[]) => app.post('/messages', { user_id: owner.userId, messages });
const send = async (rounds: number, conversation?: string) => {
  const messages = dialogue(rounds, conversation);
  for (let i = 0; i < messages.length; i += 500) await post(messages.slice(i, i + 500));
  await settled(app, owner.userId);
};
const emotion = async () => (await app.get<EmotionAnswer>(at('/mirror/emotion'))).body;
const whole = () => vi.waitFor(async () => expect((await emotion()).progress).toBe(1), { timeout: 10_000 });
const events = (): Promise<NewEvent[]> =>
  runInDurableObject(objectOf(owner), (_object, { storage }) =>
    storage.sql
      .exec<{ body: string }>('SELECT body FROM event ORDER BY seq')
      .toArray()
      .map(({ body }) => JSON.parse(body)),
  );

it('tells that a consent has changed and that the profile has, and nothing of what it says', async () => {
  await consent(true, { style: true });
  await send(3);
  const told = (await events()).filter(({ type }) => type === 'consent.changed' || type === 'profile.updated');
  expect(told[0]).toEqual({ type: 'consent.changed', granted: ['emotion', 'style'], withdrawn: [] });
  expect(told.slice(1)).not.toEqual([]);
  for (const event of told.slice(1))
    expect(event).toEqual({ type: 'profile.updated', inferences: ['emotion', 'style'] });
  await consent(false);
  expect((await events()).at(-1)).toEqual({ type: 'consent.changed', granted: [], withdrawn: ['emotion'] });
});

it('takes in a long history in the background, also when the object is evicted meanwhile', async () => {
  await send(300);
  await consent(true);
  await evict(owner);
  await ring(owner); // nobody reads: the alarm goes on with it
  await vi.waitFor(async () => expect(Object.values(await profileRows(owner))[0]).toBeGreaterThan(0), {
    timeout: 10_000,
  });
  expect(await emotion()).toMatchObject({ progress: 1, messages: 300 });
});

it('has Postgres told of a decision whose embedding took long, though nobody calls again', async () => {
  await consent(true, { prediction: true });
  await send(1);
  await scheduler.wait(1_500); // the look after those calls
  await sync(owner);
  await scheduler.wait(3_000); // … and the alarms they set
  await runInDurableObject(objectOf(owner), (_object, { storage }) => storage.deleteAlarm());
  await evict(owner);
  model.delayMs = 1_500;
  const made = await app.post(at('/mirror/decisions'), { context: 'Tea or coffee', options: ['tea', 'coffee'] });
  expect(made.status).toBeLessThan(300);
  const alarm = await runInDurableObject(objectOf(owner), (_object, { storage }) => storage.getAlarm());
  expect(alarm).not.toBeNull();
}, 20_000);

it('forgets what is deleted while the history is taken in', async () => {
  await send(220);
  await consent(true);
  const gone = [0, 1, 2, 150, 217, 218, 219].map((i) => `talk-a${i}`);
  for (const id of gone) expect((await app.delete(at(`/messages/${id}`))).status).toBe(204);
  await whole();
  expect((await emotion()).messages).toBe(220 - gone.length);
  await evict(owner);
  await whole();
  expect((await emotion()).messages).toBe(220 - gone.length);
});

it('ends with all or nothing when the consent goes back and forth while messages arrive', async () => {
  const sending = Promise.all(Array.from({ length: 10 }, (_, i) => post(dialogue(20, `c${i}`))));
  for (let i = 0; i < 9; i++) await consent(i % 2 === 0);
  await sending;
  await settled(app, owner.userId);
  await whole();
  expect((await emotion()).messages).toBe(200);
  await consent(false);
  expect(Object.values(await profileRows(owner)).every((rows) => rows === 0)).toBe(true);
});

it('takes in messages whose vectors came late', async () => {
  await consent(true);
  await send(5, 'first');
  model.away = true;
  await post(dialogue(5, 'away'));
  expect((await emotion()).messages).toBe(5);
  model.away = false;
  await evict(owner);
  await post(dialogue(5, 'later'));
  await settled(app, owner.userId);
  await whole();
  expect((await emotion()).messages).toBe(15);
});

it('is as if nothing was, when the transaction that takes a message in fails', async () => {
  await consent(true);
  await send(5, 'first');
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  await runInDurableObject(objectOf(owner), (object) => {
    const { stores } = object as unknown as { stores: { tasks: { advance(): void } } };
    vi.spyOn(stores.tasks, 'advance').mockImplementationOnce(() => {
      throw new Error('disk full');
    });
  });
  await send(5, 'second');
  noise.mockRestore();
  await whole();
  expect((await emotion()).messages).toBe(10);
});

it('knows the consent again after a restore from Postgres, and concludes all anew', async () => {
  await consent(true);
  await send(5);
  await sync(owner);
  await wipe(owner);
  const { body } = await app.get<Consent>(at('/consent'));
  expect(body.emotion.granted).toBe(true);
  await whole();
  expect((await emotion()).messages).toBe(5);
});

it('concludes anew when old messages come back below newer ones', async () => {
  await send(5, 'old');
  await sync(owner);
  await wipe(owner);
  await withoutPostgres(async () => {
    await post(dialogue(5, 'new')); // numbered from the start again, since nothing old is here
    await consent(true);
    await vi.waitFor(async () => expect((await emotion()).messages).toBe(5), { timeout: 5_000 });
  });
  await vi.waitFor(async () => expect((await emotion()).messages).toBe(10), { timeout: 15_000, interval: 200 });
});
