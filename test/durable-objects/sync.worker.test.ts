import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SyncPort } from '../../src/http/sync-port.ts';
import type { PersonDoor } from '../../src/http/user-memory.ts';
import type { Accepted } from '../../src/messages/contract.ts';
import type { SearchAnswer } from '../../src/palace/contract.ts';
import type { StoredMessage } from '../../src/persistence/messages.ts';
import type { SyncMessage } from '../../src/tasks/messages.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { TEST_MODEL, type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { withoutPostgres } from '../helpers/outage.ts';
import {
  consumed,
  count,
  evict,
  holdQueue,
  inPostgres,
  objectOf,
  ring,
  settled,
  statusOf,
  sync,
} from '../helpers/person.ts';
import { HISTORY, numbered } from '../helpers/seed.ts';

const queue = env.SYNC;
let app: Client;
let model: TestEmbedder;
let asked: SyncMessage[];
let owner: { tenantId: string; userId: string };
beforeAll(async () => {
  model = useTestEmbedder();
  app = await newClient();
});
beforeEach(() => {
  asked = holdQueue();
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
});

const send = async (messages: object[]) => {
  await app.post('/messages', { user_id: owner.userId, messages });
  await settled(app, owner.userId);
};
const ofOwner = () => asked.filter((message) => message.userId === owner.userId);
const outbox = async () => (await statusOf(app, owner.userId)).outbox;

/** What the object holds, as Postgres should. */
const inObject = (): Promise<StoredMessage[]> =>
  runInDurableObject(
    objectOf(owner),
    (_object, { storage }) =>
      storage.sql
        .exec('SELECT * FROM message LEFT JOIN memory USING (row) ORDER BY row')
        .toArray()
        .map((r) => ({
          id: String(r.id),
          seq: Number(r.row),
          naturalKey: String(r.natural_key),
          messageId: r.message_id as string | null,
          conversationId: String(r.conversation_id),
          role: String(r.role),
          speaker: r.speaker as string | null,
          content: String(r.content),
          sentAt: Number(r.sent_at),
          acceptedAt: Number(r.accepted_at),
          metadata: r.metadata === null ? null : JSON.parse(String(r.metadata)),
          keystrokes: r.keystrokes === null ? null : JSON.parse(String(r.keystrokes)),
          vector: r.vector && {
            model: String(r.model),
            scale: Number(r.scale),
            bytes: new Uint8Array(r.vector as ArrayBuffer),
          },
          position: r.vector && [Number(r.x), Number(r.y), Number(r.z)],
          category: r.category as string | null,
          life: r.room && expect.objectContaining({ kind: r.kind, stability: r.stability, validFrom: r.valid_from }),
          strength: r.room && expect.any(Number),
        })) as StoredMessage[],
  );

describe('the consumer', () => {
  it('makes Postgres equal to the object, vectors and places included', async () => {
    const odd = {
      content: 'quote " backslash \\ $1 🦉 \n end',
      metadata: { deep: [{ a: null }] },
      keystrokes: { intervals_ms: [1, 2] },
    };
    await send([...HISTORY, odd]);
    await sync(owner);
    const saved = await inPostgres(owner);
    expect(saved).toEqual(await inObject());
    expect(saved.every((row) => row.vector?.model === TEST_MODEL && row.position !== null)).toBe(true);
    expect(await outbox()).toBe(0);
  });

  it('gives the changes to one consumer at a time, and again to the next when one gives up', async () => {
    await send(numbered(2));
    using object = (objectOf(owner) as unknown as PersonDoor).sync() as SyncPort & Disposable;
    expect((await object.changes())?.rows).toHaveLength(2);
    expect(await object.changes()).toBeNull();
    await object.release();
    expect((await object.changes())?.rows).toHaveLength(2);
  });

  it('saves what takes many change sets', async () => {
    const big = (n: number) => ({ content: `${n} ${'long '.repeat(6_000)}`, message_id: `big ${n}` });
    for (let i = 0; i < 3; i++) await send(Array.from({ length: 60 }, (_, n) => big(60 * i + n)));
    await send(numbered(500));
    await sync(owner);
    expect((await inPostgres(owner)).map((row) => row.id)).toEqual((await inObject()).map((row) => row.id));
    expect(await outbox()).toBe(0);
  });

  it('saves a stretch of changes that is longer than a change set', async () => {
    await send(numbered(500));
    await send(numbered(300, 500));
    await runInDurableObject(objectOf(owner), (_object, { storage }) => {
      storage.sql.exec('DELETE FROM outbox');
      storage.sql.exec('INSERT INTO outbox (first_row, last_row) VALUES (1, 800)');
    });
    await sync(owner);
    expect(await inPostgres(owner)).toHaveLength(800);
    expect(await outbox()).toBe(0);
  });

  it('loses nothing while Postgres is down, and catches up once it is back', async () => {
    await send(HISTORY.slice(0, 2));
    await withoutPostgres(async () => {
      await send(HISTORY.slice(2));
      const body = { kind: 'sync', ...owner };
      expect(await consumed(body, body)).toEqual({ acked: [], retried: ['0', '1'] });
    });
    expect(await inPostgres(owner)).toEqual([]);
    expect(await outbox()).toBeGreaterThan(0);
    await sync(owner);
    expect(await inPostgres(owner)).toEqual(await inObject());
  });

  it('saves twice what is told twice, and holds it once', async () => {
    await send(HISTORY.slice());
    const body = { kind: 'sync', ...owner };
    expect((await consumed(body, body, body)).acked).toEqual(['0', '1', '2']);
    await sync(owner);
    expect(await inPostgres(owner)).toHaveLength(HISTORY.length);
  });

  it('settles each person by itself, and drops what it cannot read', async () => {
    await send([HISTORY[0]]);
    const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
    const broken = await newClient();
    await broken.post('/message?wait=true', { user_id: 'ana', content: 'a' });
    const failing = { tenantId: broken.tenantId, userId: 'ana' };
    await runInDurableObject(objectOf(failing), (object) => {
      vi.spyOn((object as unknown as { syncing: { take(): unknown } }).syncing, 'take').mockImplementation(() => {
        throw new Error('broken');
      });
    });
    const bodies = [{ kind: 'sync', ...owner }, { kind: 'sync', ...failing }, { kind: 'other' }, null, 'text'];
    expect(await consumed(...bodies)).toEqual({ acked: ['0', '2', '3', '4'], retried: ['1'] });
    noise.mockRestore();
    expect(await inPostgres(owner)).toHaveLength(1);
  });

  it('passes over a person who has nothing to save', async () => {
    expect(await consumed({ kind: 'sync', tenantId: 'nobody', userId: 'nobody' })).toEqual({
      acked: ['0'],
      retried: [],
    });
  });
});

describe('the object', () => {
  it('asks for a sync without a word of what was said, and not again until it is time', async () => {
    await send([HISTORY[0]]);
    await vi.waitFor(() => expect(ofOwner()).toHaveLength(1), { timeout: 20_000 });
    expect(ofOwner()).toMatchObject([{ kind: 'sync', ...owner }]);
    await ring(owner);
    await ring(owner);
    expect(ofOwner()).toHaveLength(1);
  });

  it('asks also when it was evicted before it did, and after it did', async () => {
    await send([HISTORY[0]]);
    await evict(owner);
    await vi.waitFor(() => expect(ofOwner()).toHaveLength(1), { timeout: 20_000 });
    await evict(owner);
    expect(await outbox()).toBeGreaterThan(0);
    await vi.waitFor(
      async () => {
        await ring(owner);
        expect(ofOwner()).toHaveLength(2);
      },
      { timeout: 20_000 },
    );
    await sync(owner);
    expect(await outbox()).toBe(0);
  });

  it('asks again when nothing was saved', async () => {
    await send([HISTORY[0]]);
    await vi.waitFor(() => expect(ofOwner()).toHaveLength(1), { timeout: 20_000 });
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
    await ring(owner);
    clock.mockRestore();
    expect(ofOwner()).toHaveLength(2);
  });

  it('has no alarm left once all is done', async () => {
    await send([HISTORY[0]]);
    await vi.waitFor(() => expect(ofOwner()).toHaveLength(1), { timeout: 20_000 });
    await sync(owner);
    await ring(owner);
    await vi.waitFor(async () => expect(await ring(owner)).toBe(false));
  });

  it('reaches Postgres through the real queue', async () => {
    env.SYNC = queue;
    await send(HISTORY.slice());
    await vi.waitFor(
      async () => expect((await inPostgres(owner)).filter((row) => row.vector !== null)).toHaveLength(HISTORY.length),
      { timeout: 20_000, interval: 250 },
    );
    await vi.waitFor(async () => expect(await outbox()).toBe(0), { timeout: 10_000 });
  });
});

describe('a message that is deleted', () => {
  const remove = (id: string) => app.delete(`/users/${owner.userId}/messages/${id}`);

  it('leaves no trace in search, in storage, in Postgres', async () => {
    await send(HISTORY.slice());
    await sync(owner);
    await app.post('/message', { user_id: owner.userId, ...HISTORY[0] }, { 'idempotency-key': 'k' });
    const ask = (top_k: number) =>
      app.post<SearchAnswer>(`/users/${owner.userId}/memories/search`, { query: 'heron pond', top_k });
    expect((await ask(1)).text).toContain('heron');
    expect((await remove('h0')).status).toBe(204);
    expect((await ask(1)).body.results).toHaveLength(1); // it takes no one's place
    expect((await ask(100)).text).not.toContain('heron');
    await sync(owner);
    const saved = await inPostgres(owner);
    expect(saved).toHaveLength(HISTORY.length - 1);
    expect(JSON.stringify(saved)).not.toContain('heron');
    expect(await everythingStored()).not.toContain('heron');
  });

  it('before it was saved never gets there', async () => {
    await send([HISTORY[0], HISTORY[1]]);
    await remove('h0');
    await sync(owner);
    expect((await inPostgres(owner)).map((row) => row.messageId)).toEqual(['h1']);
  });

  it('and sent again with other words ends as it was sent last', async () => {
    await send([{ ...HISTORY[0], content: 'the old words' }]);
    await sync(owner);
    for (const timestamp of [HISTORY[0].timestamp, '2026-05-04T00:00:00Z']) {
      await remove('h0');
      await send([{ ...HISTORY[0], content: `new words of ${timestamp}`, timestamp }]);
      await sync(owner);
      expect(await inPostgres(owner)).toEqual(await inObject());
      expect((await inPostgres(owner)).map((row) => row.content)).toEqual([`new words of ${timestamp}`]);
    }
  });

  it('while the model works on it stays deleted', async () => {
    model.delayMs = 200;
    const sent = app.post<Accepted>('/messages?wait=true', { user_id: owner.userId, messages: HISTORY });
    await vi.waitFor(async () => expect((await remove('h0')).status).toBe(204));
    await sent;
    model.delayMs = 0;
    expect(await count(owner, 'memory')).toBe(HISTORY.length - 1);
    await settled(app, owner.userId);
    await sync(owner);
    expect(JSON.stringify([await inObject(), await inPostgres(owner)])).not.toContain('heron');
  });

  /** All rows of all tables, as text. */
  const everythingStored = (): Promise<string> =>
    runInDurableObject(objectOf(owner), (_object, { storage: { sql } }) => {
      const tables = sql.exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'",
      );
      return JSON.stringify(tables.toArray().map(({ name }) => sql.exec(`SELECT * FROM ${name}`).toArray()));
    });
});
