import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DigView } from '../../src/archaeology/digs/contract.ts';
import type { GapPage } from '../../src/archaeology/gaps/contract.ts';
import type { ReconstructAnswer } from '../../src/archaeology/reconstruct/contract.ts';
import type { ReconstructionView } from '../../src/archaeology/reconstructions/contract.ts';
import { Scope } from '../../src/auth/contract.ts';
import type { NewEvent } from '../../src/live/contract.ts';
import { BESIDE, ended, lostText, otherExport, rebuilt, record } from '../helpers/archaeology.ts';
import { type Client, call, newClient } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { dialogue } from '../helpers/mirror.ts';
import { count, evict, holdQueue, objectOf, ring, settled, sync, wipe } from '../helpers/person.ts';

let app: Client;
let model: TestEmbedder;
let owner: { tenantId: string; userId: string };
beforeAll(async () => {
  model = useTestEmbedder();
  holdQueue();
  app = await newClient({ scopes: Scope.options });
});
beforeEach(async () => {
  model.away = false;
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
  await consent({ reconstruction: true });
});

const TABLES = ['gap', 'gap_dirty', 'reconstruction', 'reconstruction_source', 'other_copy'] as const;
const INTERVAL = { from: '2026-04-01T00:00:00Z', to: '2026-06-02T00:00:00Z' };

const at = (path: string) => `/users/${owner.userId}${path}`;
const consent = (change: object) => app.send('PUT', at('/consent'), change);
const send = async (messages: object[]) => {
  for (let i = 0; i < messages.length; i += 500) {
    await app.post('/messages', { user_id: owner.userId, messages: messages.slice(i, i + 500) });
  }
  await settled(app, owner.userId);
};
const gaps = async () => (await app.get<GapPage>(at('/gaps?limit=100'))).body.items;
const judge = (id: string, verdict: object) =>
  app.post<ReconstructionView>(at(`/reconstructions/${id}/verdict`), verdict);
const reconstruction = async (id: string) => (await app.get<ReconstructionView>(at(`/reconstructions/${id}`))).body;
const startDig = async (include: string[]) => (await app.post<DigView>(at('/digs'), { ...INTERVAL, include })).body.id;
const events = (): Promise<NewEvent[]> =>
  runInDurableObject(objectOf(owner), (_object, { storage }) =>
    storage.sql
      .exec<{ body: string }>('SELECT body FROM event ORDER BY seq')
      .toArray()
      .map(({ body }) => JSON.parse(body)),
  );
/** Conversations with one hole each, as their numbers tell. */
const holed = (conversations: number) =>
  Array.from({ length: conversations }, (_, c) =>
    Array.from({ length: 30 }, (_, i) => i)
      .filter((i) => i < 14 || i > 17)
      .map((i) => ({
        message_id: `c${c}-${i}`,
        metadata: { seq: i },
        role: i % 2 === 0 ? 'user' : 'assistant',
        // the turn after the hole quotes what is missing, so that a vector is waited for
        content: `${i === 18 ? '> The ferry is late again.\n' : ''}Remark ${i} of talk ${c} about the harbour.`,
        conversation_id: `talk-${c}`,
        timestamp: new Date(Date.UTC(2026, 3, 1 + c, 9, i)).toISOString(),
      })),
  ).flat();

describe('gaps', () => {
  it('are there after an eviction, and take in what came since', async () => {
    await send(holed(2));
    const before = await gaps();
    expect(before).toHaveLength(2);
    await evict(owner);
    expect(await gaps()).toEqual(before);
    await send([{ ...holed(1)[13]!, message_id: 'c0-14', metadata: { seq: 14 }, timestamp: '2026-04-01T09:14:00Z' }]);
    const after = await gaps();
    expect(after[0]).toEqual(before[0]);
    expect(after[1]!.missing.expected).toBe(3);
    expect(after[1]!.id).not.toBe(before[1]!.id);
  });

  it('are found where a message was deleted, like any other', async () => {
    await send(holed(1));
    await gaps();
    await app.delete(at('/messages/c0-5'));
    expect((await gaps()).map(({ missing }) => missing.expected).sort()).toEqual([1, 4]);
  });

  it('are found in what was there before the consent', async () => {
    await consent({ reconstruction: false });
    await send(holed(1));
    expect(await count(owner, 'gap_dirty')).toBe(0);
    await consent({ reconstruction: true });
    expect(await gaps()).toHaveLength(1);
  });
});

describe('a dig', () => {
  it('goes on after an eviction in the middle, by its alarm alone', async () => {
    await send(holed(8));
    model.delayMs = 20;
    const id = await startDig(['gaps', 'reconstructions']);
    await vi.waitFor(async () => {
      const { body } = await app.get<DigView>(at(`/digs/${id}`));
      expect(body.progress).toBeGreaterThan(0);
    });
    await evict(owner);
    model.delayMs = 0;
    await ring(owner);
    const dig = await ended(app, owner.userId, id);
    expect(dig).toMatchObject({ status: 'completed', gaps_total: 8, progress: 1 });
  });

  it('that is cancelled stops and stays so', async () => {
    await send(holed(8));
    const id = await startDig(['gaps', 'reconstructions']);
    const { body } = await app.post<DigView>(at(`/digs/${id}/cancel`));
    expect(body.status).toBe('cancelled');
    await evict(owner);
    await ring(owner);
    const again = await app.get<DigView>(at(`/digs/${id}`));
    expect(again.body).toMatchObject({ status: 'cancelled', finished_at: body.finished_at });
  });

  it('tells its progress and its end, without a word of what was found', async () => {
    await send(record());
    await app.post(at('/merge'), { conversation_id: 'talk', messages: otherExport() });
    const id = await startDig(['gaps']);
    await ended(app, owner.userId, id);
    const told = (await events()).filter(({ type }) => type.startsWith('dig.'));
    expect(told.at(-1)).toEqual({ type: 'dig.completed', dig_id: id, status: 'completed' });
    for (const event of told.slice(0, -1)) {
      expect(event).toEqual({ type: 'dig.progress', dig_id: id, progress: expect.any(Number) });
    }
  });

  it('loses its patterns when a message of its interval is deleted, and says so', async () => {
    await consent({ style: true });
    await send(holed(2));
    const id = await startDig(['patterns']);
    expect((await ended(app, owner.userId, id)).patterns).not.toBeNull();
    await app.delete(at('/messages/c0-5'));
    expect((await app.get<DigView>(at(`/digs/${id}`))).body).toMatchObject({ patterns: null, is_outdated: true });
  });

  it('finds no patterns once the consent to them is withdrawn, though it was asked for before', async () => {
    await consent({ style: true });
    await send(holed(8));
    model.delayMs = 20;
    const id = await startDig(['reconstructions', 'patterns']);
    await consent({ style: false });
    model.delayMs = 0;
    expect(await ended(app, owner.userId, id)).toMatchObject({ status: 'completed', patterns: null });
  });
});

/** What verdicts have taught. */
const trials = () =>
  runInDurableObject(objectOf(owner), (_object, { storage: { sql } }) => {
    const [saved] = sql
      .exec<{ part: ArrayBuffer }>("SELECT part FROM mirror_part WHERE name = 'reconstruction-calibration'")
      .toArray();
    return saved && JSON.parse(new TextDecoder().decode(saved.part)).trials;
  });

describe('a reconstruction', () => {
  it('is told of as one, without its text, when it is made and when it is judged', async () => {
    await send(record());
    const ids = await rebuilt(app, owner.userId);
    const { body } = await judge(ids[0]!, { verdict: 'accept' });
    const told = (await events()).filter(({ type }) => type.startsWith('reconstruction.'));
    expect(told[0]).toMatchObject({ type: 'reconstruction.proposed', origin: 'reconstructed' });
    expect(told.at(-1)).toEqual({
      type: 'reconstruction.judged',
      origin: 'reconstructed',
      reconstruction_id: ids[0],
      verdict: 'accept',
      memory_id: body.verdict!.memory_id,
    });
    expect(JSON.stringify(told)).not.toContain(lostText(0));
  });

  it('changes the calibration by its verdict, and another verdict takes that back', async () => {
    await send(record());
    const [id] = await rebuilt(app, owner.userId);
    await judge(id!, { verdict: 'accept' });
    expect(await trials()).toMatchObject({ other_copy: { n: 1, held: 1 } });
    await judge(id!, { verdict: 'reject' });
    expect(await trials()).toMatchObject({ other_copy: { n: 1, held: 0 } });
  });

  it('has taught what it taught also after an import that brings nothing, and after the object was lost', async () => {
    await send(record());
    const [id] = await rebuilt(app, owner.userId);
    await judge(id!, { verdict: 'reject' });
    const learned = await trials();
    expect(learned).toMatchObject({ other_copy: { n: 1, held: 0 } });
    const archive = (await call(`/api/v1${at('/export')}`, { headers: { authorization: app.authorization } })).text;
    await call(`/api/v1${at('/import')}`, {
      method: 'POST',
      headers: { authorization: app.authorization, 'content-type': 'application/x-ndjson' },
      body: archive,
    });
    expect(await trials()).toEqual(learned);
    await sync(owner);
    await wipe(owner);
    await gaps();
    await vi.waitFor(async () => expect(await trials()).toEqual(learned));
  });

  it('is withdrawn, text and all, when all it rests on is deleted', async () => {
    const words = 'The quinces stand in the blue basket by the cellar door.';
    const turns = record();
    turns[8] = { ...turns[8]!, content: `> ${words}\nGood to know!` };
    await send(turns);
    const { body } = await app.post<ReconstructAnswer>(at('/reconstruct'), BESIDE);
    const made = body.messages.flatMap(({ retrieval, composition }) => [retrieval, composition]);
    const quoting = made.find((each) => each?.text?.includes('quinces'));
    expect(quoting?.id).toEqual(expect.any(String));
    await app.delete(at(`/messages/${BESIDE.before_message_id}`));
    const after = await reconstruction(quoting!.id!);
    expect(after).toMatchObject({ state: 'withdrawn', text: null, alternatives: [] });
    expect(JSON.stringify(after)).not.toContain('quinces');
    expect((await judge(quoting!.id!, { verdict: 'accept' })).status).toBe(409);
  });

  it('that became a memory is forgotten with it', async () => {
    await send(record());
    const [id] = await rebuilt(app, owner.userId);
    const { body } = await judge(id!, { verdict: 'accept' });
    await settled(app, owner.userId);
    expect((await app.delete(at(`/memories/${body.verdict!.memory_id}`))).status).toBe(204);
    expect((await reconstruction(id!)).verdict).toMatchObject({ verdict: 'accept', memory_id: null });
  });

  it('never enters the profile: the mirror hears the same messages after an accepted one', async () => {
    await consent({ style: true });
    await send(record());
    const heard = async () => (await app.get<{ messages: number }>(at('/mirror/fingerprint'))).body.messages;
    const before = await heard();
    for (const id of await rebuilt(app, owner.userId)) await judge(id, { verdict: 'accept' });
    await settled(app, owner.userId);
    expect(await heard()).toBe(before);
  });

  it('that became a memory comes back from Postgres as what it is', async () => {
    await send(record());
    const ids = await rebuilt(app, owner.userId);
    const { body } = await judge(ids[1]!, { verdict: 'accept' });
    await settled(app, owner.userId);
    await sync(owner);
    await wipe(owner);
    const path = at(`/memories/${body.verdict!.memory_id}`);
    expect((await app.get(path)).body).toMatchObject({ origin: 'reconstructed', content: lostText(1) });
  });
});

it('learns in the background how far it can be trusted for this person, from turns of theirs that it hides', async () => {
  await send(dialogue(60));
  await app.post(at('/reconstruct'), { after_message_id: 'talk-q20', before_message_id: 'talk-a20' });
  const fitted = () =>
    runInDurableObject(objectOf(owner), (_object, { storage: { sql } }) => {
      const [saved] = sql
        .exec<{ through: number; part: ArrayBuffer }>(
          "SELECT through, part FROM mirror_state JOIN mirror_part USING (name) WHERE name = 'reconstruction-calibration'",
        )
        .toArray();
      return saved && { own: saved.through, ...JSON.parse(new TextDecoder().decode(saved.part)) };
    });
  await vi.waitFor(async () => expect(await fitted()).toMatchObject({ own: 60 }), { timeout: 10_000 });
  expect((await fitted())?.hidden.past).toBeGreaterThan(0);
});

it('erases everything that was dug up, accepted memories too, when the consent is withdrawn; a correction stays', async () => {
  await send([...record(), ...holed(1)]);
  await gaps();
  const [first, second] = await rebuilt(app, owner.userId);
  const accepted = (await judge(first!, { verdict: 'accept' })).body.verdict!.memory_id;
  const corrected = (await judge(second!, { verdict: 'correct', content: 'I said yes.' })).body.verdict!.memory_id;
  await settled(app, owner.userId);
  const id = await startDig(['gaps']);
  await ended(app, owner.userId, id);
  await consent({ reconstruction: false });
  expect(await Promise.all(TABLES.map((table) => count(owner, table)))).toEqual(TABLES.map(() => 0));
  expect((await app.get(at(`/memories/${accepted}`))).status).toBe(404);
  expect((await app.get(at(`/memories/${corrected}`))).body).toMatchObject({ origin: 'reconstructed' });
  await consent({ reconstruction: true });
  expect((await app.get<DigView>(at(`/digs/${id}`))).body).toMatchObject({ gaps: null, gaps_total: 0 });
});

it('lets go of a dig whose consent is withdrawn while it works', async () => {
  await send(holed(8));
  model.delayMs = 20;
  const id = await startDig(['gaps', 'reconstructions']);
  await vi.waitFor(async () => {
    expect((await app.get<DigView>(at(`/digs/${id}`))).body.gaps_total).toBe(8);
  });
  await consent({ reconstruction: false });
  await scheduler.wait(100); // what was waited for has come
  model.delayMs = 0;
  await consent({ reconstruction: true });
  const { body } = await app.get<DigView>(at(`/digs/${id}`));
  expect(body).toMatchObject({ status: 'cancelled', gaps: null, reconstructions: null });
  expect(await count(owner, 'reconstruction')).toBe(0);
});
