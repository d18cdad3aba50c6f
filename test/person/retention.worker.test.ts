import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Owner } from '../../src/auth/contract.ts';
import type { Reconciliation } from '../../src/person/erasure/contract.ts';
import type { Retention } from '../../src/person/retention/contract.ts';
import { sweep } from '../../src/person/retention/handlers.ts';
import type { Client } from '../helpers/client.ts';
import { count, evict, inPostgres, objectOf, ring, settled, sync, wipe } from '../helpers/person.ts';
import { HISTORY, numbered } from '../helpers/seed.ts';
import { populate } from '../helpers/victim.ts';
import { openApp, stranger } from '../helpers/whole-person.ts';

const DAY_MS = 86_400_000;
const POLICY = { messages_days: 30, audit_days: 10, tasks_days: 5 };

let app: Client;
let owner: Owner;
let at: (path?: string) => string;
beforeAll(async () => {
  app = await openApp();
});
beforeEach(() => {
  owner = stranger(app);
  at = (path = '') => `/users/${owner.userId}${path}`;
  setPolicy(POLICY);
});
afterEach(() => vi.restoreAllMocks());

const setPolicy = (policy: object) => {
  env.RETENTION = JSON.stringify({ [app.tenantId]: policy });
};
const realNow = Date.now;
/** Moves the clock to so many days after today; it goes on from there. */
const days = (n: number): void => {
  vi.spyOn(Date, 'now').mockImplementation(() => realNow.call(Date) + n * DAY_MS);
};
const send = async (messages: object[]) => {
  await app.post('/messages?wait=true', { user_id: owner.userId, messages });
  await settled(app, owner.userId);
};
const retention = async () => (await app.get<Retention>(at('/retention'))).body;
const contents = async () =>
  (await app.get<{ items: { content: string }[] }>(at('/messages?limit=100'))).body.items.map(({ content }) => content);
const rows = (table: string) => count(owner, table);

/** Rings until nothing is due for its age. */
async function ringThrough(): Promise<void> {
  for (let i = 0; i < 5; i++) await ring(owner);
}

describe('what a policy keeps no longer', () => {
  it('stays to its last day, and is gone within a day of it, here and in Postgres', async () => {
    await send(HISTORY as unknown as object[]);
    await sync(owner);
    days(29);
    await ring(owner);
    expect(await contents()).toHaveLength(HISTORY.length);
    days(31);
    await ring(owner);
    await sync(owner);
    expect([await contents(), await rows('message'), await rows('memory'), await inPostgres(owner)]).toEqual([
      [],
      0,
      0,
      [],
    ]);
  });

  it('leaves nothing in what was derived from it: the object is as one that only heard the rest', async () => {
    await populate(app, owner.userId);
    const { userId } = owner;
    const other = { ...owner, userId: crypto.randomUUID() };
    const later = numbered(12).map((message, i) => ({ ...message, message_id: `later-${i}` }));
    days(25);
    await send(later);
    owner = other;
    await app.send('PUT', at('/consent'), { style: true, emotion: true, personality: true });
    await send(later);
    owner = { ...other, userId };
    await app.send('PUT', at('/consent'), { prediction: false, reconstruction: false });
    days(32);
    await ringThrough();
    const shown = async () => {
      const found = await Promise.all(
        ['/messages?limit=100', '/mirror/fingerprint', '/mirror/emotion'].map((path) => app.get(at(path))),
      );
      return found.map(({ body }) => JSON.parse(JSON.stringify(body), (name, value) => (OWN.has(name) ? null : value)));
    };
    const left = await shown();
    await evict(owner);
    expect(await shown()).toEqual(left);
    owner = other;
    expect(left).toEqual(await shown());
  });

  it('goes in batches, each alarm some, and a search never finds what has gone', async () => {
    await send(numbered(500));
    await send(numbered(30, 500));
    days(32);
    await ring(owner);
    expect(await rows('message')).toBe(30);
    await ring(owner);
    expect(await rows('message')).toBe(0);
    const found = await app.post<{ results: unknown[] }>(at('/memories/search'), { query: 'the tide at the old pier' });
    expect(found.body.results).toEqual([]);
  });

  it('includes tasks that have ended and the log, each after its own days, and tells so', async () => {
    await send(HISTORY as unknown as object[]);
    await app.send('PUT', at('/consent'), { style: true });
    await app.get(at('/mirror/fingerprint'));
    days(6);
    await ring(owner);
    expect([await rows('task'), await rows('message')]).toEqual([0, HISTORY.length]);
    const told = await retention();
    expect(told).toMatchObject({ ...POLICY, removed: { messages: 0, tasks: 1 } });
    expect(told.last_removal_at).not.toBeNull();
    const log = async () =>
      (await app.get<{ items: { action: string; key_id: string }[] }>(at('/audit'))).body.items.map(
        ({ action, key_id }) => [action, key_id === 'retention'],
      );
    expect(await log()).toContainEqual(['retention.applied', true]);
    days(12);
    await ring(owner);
    expect(await log()).toEqual([['retention.applied', true]]); // of the sixth day
    await sync(owner);
    expect((await app.post<Reconciliation>(at('/reconcile'))).body.equal).toBe(true);
  });
});

describe('the alarm', () => {
  const alarm = () => runInDurableObject(objectOf(owner), (_object, { storage }) => storage.getAlarm());

  it('is set to when the next is over its time, within a day, and an object without a policy has none', async () => {
    setPolicy({ messages_days: 30 });
    await send(numbered(3));
    await sync(owner);
    await ring(owner);
    const wait = (await alarm())! - Date.now();
    expect(wait).toBeGreaterThan(30 * DAY_MS - 60_000);
    expect(wait).toBeLessThanOrEqual(31 * DAY_MS);
    expect(Date.parse((await retention()).next_removal_at!)).toBe(await alarm());
    setPolicy({});
    owner = { ...owner, userId: crypto.randomUUID() };
    await send(numbered(3));
    await sync(owner);
    await ring(owner);
    expect([await alarm(), (await retention()).next_removal_at]).toEqual([null, null]);
  });
});

describe('the sweep', () => {
  const later = { scheduledTime: Date.now() + 40 * DAY_MS };
  beforeEach(() => {
    vi.spyOn(console, 'info').mockImplementation(() => {});
  });

  it('wakes an object whose policy came after it fell asleep', async () => {
    setPolicy({});
    await send(numbered(3));
    await sync(owner);
    await ring(owner);
    await evict(owner);
    setPolicy(POLICY);
    days(40);
    await sweep(later, env);
    await ring(owner);
    expect(await rows('message')).toBe(0);
  });

  it('finds what only Postgres has', async () => {
    await send(numbered(3));
    await sync(owner);
    await wipe(owner);
    days(40);
    await sweep(later, env);
    await ringThrough();
    await sync(owner);
    expect(await inPostgres(owner)).toEqual([]);
  });

  it('wakes nobody of a tenant without a policy, and nobody whose own alarm has yet to ring', async () => {
    await send(numbered(3));
    await sync(owner);
    await wipe(owner);
    await sweep({ scheduledTime: Date.now() + 30.5 * DAY_MS }, env);
    env.RETENTION = JSON.stringify({ 'another tenant': POLICY });
    await sweep(later, env);
    const tables = await runInDurableObject(objectOf(owner), (_object, { storage }) =>
      storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'message'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it('removes nothing by a policy that cannot be read', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    env.RETENTION = '{"*": {"messages_days": 0}}';
    await send(numbered(3));
    days(40);
    await ring(owner);
    expect(await rows('message')).toBe(3);
  });
});

/** What two people who said the same do not share. */
const OWN = new Set(['id', 'user_id', 'accepted_at', 'as_of', 'at', 'updated_at', 'sequence']);
