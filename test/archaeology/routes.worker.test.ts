import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DigView } from '../../src/archaeology/digs/contract.ts';
import type { GapPage } from '../../src/archaeology/gaps/contract.ts';
import type { MergeAnswer } from '../../src/archaeology/merge/contract.ts';
import type { PatternAnswer } from '../../src/archaeology/patterns/contract.ts';
import type { ReconstructAnswer } from '../../src/archaeology/reconstruct/contract.ts';
import type { ReconstructionPage, ReconstructionView } from '../../src/archaeology/reconstructions/contract.ts';
import type { TimelineAnswer } from '../../src/archaeology/timeline/contract.ts';
import type { ContextAnswer } from '../../src/context/contract.ts';
import type { Message } from '../../src/messages/contract.ts';
import type { SearchAnswer } from '../../src/palace/contract.ts';
import type { MemoryView } from '../../src/palace/memories/contract.ts';
import type { AuditPage } from '../../src/person/audit/contract.ts';
import type { Page } from '../../src/shared/page.ts';
import { BESIDE, ended, LOST, lostText, otherExport, rebuilt, record } from '../helpers/archaeology.ts';
import { type Client, newClient, type Problem } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { holdQueue, settled } from '../helpers/person.ts';

let app: Client;
let userId: string;
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient();
});
beforeEach(async () => {
  userId = crypto.randomUUID();
  await consent({ reconstruction: true });
});

const at = (path: string) => `/users/${userId}${path}`;
const consent = (change: object) => app.send('PUT', at('/consent'), change);
const send = async (messages: object[]) => {
  await app.post('/messages', { user_id: userId, messages });
  await settled(app, userId);
};
const judge = (id: string, verdict: object) =>
  app.post<ReconstructionView>(at(`/reconstructions/${id}/verdict`), verdict);
const find = async (query: string, options: object = {}) =>
  (await app.post<SearchAnswer>(at('/memories/search'), { query, ...options })).body.results;
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    message_id: `n-${from + i}`,
    role: i % 2 === 0 ? 'user' : 'assistant',
    content: `A remark about the garden, the ${from + i}th.`,
    conversation_id: 'garden',
    timestamp: new Date(Date.UTC(2026, 3, 1, 9, from + i)).toISOString(),
  }));

describe('gaps', () => {
  it('are found where a source skips numbers, with the messages beside them, and keep their ids', async () => {
    await send([...numbered(1, 20), ...numbered(25, 40)]);
    const { body } = await app.get<GapPage>(at('/gaps'));
    expect(body).toMatchObject({ next: null, is_complete: true });
    const [gap] = body.items;
    expect(body.items).toHaveLength(1);
    expect(gap).toMatchObject({ conversation_id: 'garden', missing: { expected: 4, low: 4, high: 4 } });
    expect(gap!.reasons.map(({ signal }) => signal)).toContain('sequence');
    const after = await app.get<Message>(at('/messages/n-20'));
    expect(gap!.after_message_id).toBe(after.body.id);
    await send(numbered(41, 42));
    expect((await app.get<GapPage>(at('/gaps'))).body.items.map(({ id }) => id)).toEqual([gap!.id]);
  });

  it('are gone when the missing messages come', async () => {
    await send([...numbered(1, 20), ...numbered(25, 40)]);
    await app.get(at('/gaps'));
    await send(numbered(21, 24));
    expect((await app.get<GapPage>(at('/gaps'))).body.items).toEqual([]);
  });

  it('come in pages, and only those of the interval, the conversation and the probability asked for', async () => {
    await send([...numbered(1, 20), ...numbered(25, 40), ...numbered(45, 60)]);
    const first = (await app.get<GapPage>(at('/gaps?limit=1'))).body;
    expect(first.next).not.toBeNull();
    const second = (await app.get<GapPage>(at(`/gaps?limit=1&cursor=${first.next}`))).body;
    expect([...first.items, ...second.items].map(({ missing }) => missing.expected)).toEqual([4, 4]);
    expect(second.next).toBeNull();
    const count = async (query: string) => (await app.get<GapPage>(at(`/gaps?${query}`))).body.items.length;
    expect(await count('conversation_id=other')).toBe(0);
    expect(await count('min_probability=0.999')).toBe(0);
    expect(await count('from=2026-04-01T09:35:00Z')).toBe(1);
    expect(await count('to=2026-04-01T09:35:00Z')).toBe(1);
  });

  it.each(['from=2026-04-02T00:00:00Z&to=2026-04-01T00:00:00Z', 'min_probability=2', 'cursor=?'])(
    'are refused for %s',
    async (query) => {
      await send(numbered(1, 3));
      expect((await app.get(at(`/gaps?${query}`))).status).toBe(400);
    },
  );

  it('of three messages are none', async () => {
    await send(numbered(1, 3));
    expect((await app.get<GapPage>(at('/gaps'))).body.items).toEqual([]);
  });
});

describe('another export of the same chat', () => {
  it('is matched, and what only it has is shown with its place and never among the messages', async () => {
    await send(record());
    const { status, body } = await app.post<MergeAnswer>(at('/merge'), {
      conversation_id: 'talk',
      messages: otherExport(),
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ matched: 22, total: 2, kept: 2, clock_offset_ms: 60_000 });
    expect(body.found.map(({ their_id, content }) => [their_id, content])).toEqual(
      LOST.map((i, k) => [`theirs-${i}`, lostText(k)]),
    );
    expect((await app.get<Page<Message>>(at('/messages?limit=100'))).body.items).toHaveLength(22);
    expect((await find(lostText(1))).map(({ content }) => content)).not.toContain(lostText(1));
  });

  it('of another chat is refused', async () => {
    await send(record());
    const messages = otherExport().map((message) => ({ ...message, content: `${message.id} is about else` }));
    const { status, body } = await app.post<Problem>(at('/merge'), { conversation_id: 'talk', messages });
    expect([status, body.code]).toEqual([409, 'conflict']);
  });
});

describe('a reconstruction', () => {
  it('that is accepted becomes a memory, found only when asked for, and labelled wherever it is shown', async () => {
    await send(record());
    const [, id] = await rebuilt(app, userId);
    expect(await find(lostText(1), { include_reconstructed: true, top_k: 1 })).not.toMatchObject([
      { content: lostText(1) },
    ]);
    const judged = await judge(id!, { verdict: 'accept', note: 'I remember' });
    expect(judged.body).toMatchObject({ state: 'accepted', verdict: { author: userId, note: 'I remember' } });
    await settled(app, userId);
    const memoryId = judged.body.verdict!.memory_id!;

    expect((await find(lostText(1))).map((hit) => hit.id)).not.toContain(memoryId);
    const [hit] = await find(lostText(1), { include_reconstructed: true });
    expect(hit).toMatchObject({ id: memoryId, content: lostText(1), origin: 'reconstructed', role: 'system' });
    expect(hit!.label).toContain('Reconstructed');

    const memory = await app.get<MemoryView>(at(`/memories/${memoryId}`));
    expect(memory.body).toMatchObject({ origin: 'reconstructed', content: lostText(1) });
    expect((await app.get(at(`/messages/${memoryId}`))).status).toBe(404);
    expect((await app.get<Page<Message>>(at('/messages?limit=100'))).body.items).toHaveLength(22);

    const context = async (options: object) =>
      (await app.post<ContextAnswer>(at('/context'), { query: lostText(1), ...options })).body;
    expect((await context({})).sources.map((source) => source.id)).not.toContain(memoryId);
    const told = await context({ include_reconstructed: true });
    expect(told.text).toContain('(reconstructed, not recorded)');
    expect(told.sources.find((source) => source.id === memoryId)).toMatchObject({ origin: 'reconstructed' });

    const palace = memory.body.palace_id;
    const scene = await app.get(at(`/palaces/${palace}/export`));
    expect(scene.text).not.toContain(memoryId);
    const whole = await app.get<{ memories: { id: string; origin?: string }[] }>(
      at(`/palaces/${palace}/export?include_reconstructed=true`),
    );
    expect(whole.body.memories.find((one) => one.id === memoryId)).toMatchObject({ origin: 'reconstructed' });
    const glb = await app.get(at(`/palaces/${palace}/export?format=glb&include_reconstructed=true`));
    expect(glb.text).toContain('"origin":"reconstructed"');
  });

  it('is shown with its evidence and a label, and says who would have written it', async () => {
    await send(record());
    await app.post(at('/merge'), { conversation_id: 'talk', messages: otherExport() });
    const { body } = await app.post<ReconstructAnswer>(at('/reconstruct'), BESIDE);
    expect(body.messages.map(({ speaker }) => speaker)).toEqual(['assistant', 'user']);
    expect(body.messages.map(({ retrieval }) => retrieval)).toMatchObject(
      LOST.map((_, i) => ({ origin: 'reconstructed', state: 'proposed', method: 'other_copy', text: lostText(i) })),
    );
    const kept = await app.get<ReconstructionPage>(at('/reconstructions?state=proposed'));
    expect(kept.body.items.filter(({ product }) => product === 'retrieval')).toHaveLength(2);
    expect(kept.body.items.every(({ label }) => label.startsWith('Reconstructed'))).toBe(true);
  });

  it('that is asked for twice is kept once', async () => {
    await send(record());
    const first = await rebuilt(app, userId);
    expect(await rebuilt(app, userId)).toEqual(first);
  });

  it('that is rejected is not proposed again for its place; a later verdict takes the first one back', async () => {
    await send(record());
    const [id] = await rebuilt(app, userId);
    const accepted = await judge(id!, { verdict: 'accept' });
    await settled(app, userId);
    const again = await judge(id!, { verdict: 'reject' });
    expect(again.body).toMatchObject({ state: 'rejected', verdict: { memory_id: null } });
    expect((await app.get(at(`/memories/${accepted.body.verdict!.memory_id}`))).status).toBe(404);
    const { body } = await app.post<ReconstructAnswer>(at('/reconstruct'), BESIDE);
    expect(body.messages.map(({ retrieval }) => retrieval?.text)).not.toContain(lostText(0));
  });

  it('that is corrected becomes a memory of what was really said', async () => {
    await send(record());
    const [id] = await rebuilt(app, userId);
    const { body } = await judge(id!, { verdict: 'correct', content: 'I said that I would bring quinces.' });
    expect(body).toMatchObject({ state: 'corrected', text: lostText(0) });
    await settled(app, userId);
    const [hit] = await find('quinces', { include_reconstructed: true });
    expect(hit).toMatchObject({ origin: 'reconstructed', content: 'I said that I would bring quinces.' });
  });

  it('is judged once under one key', async () => {
    await send(record());
    const [id] = await rebuilt(app, userId);
    const twice = [1, 2].map(() =>
      app.post(at(`/reconstructions/${id}/verdict`), { verdict: 'accept' }, { 'idempotency-key': 'k' }),
    );
    const [one, other] = await Promise.all(twice);
    expect(other!.text).toBe(one!.text);
  });

  it('of an interval without neighbours proposes nothing, and says why', async () => {
    await send(record());
    const { status, body } = await app.post<ReconstructAnswer>(at('/reconstruct'), {
      conversation_id: 'talk',
      from: '2020-01-01T00:00:00Z',
      to: '2020-01-02T00:00:00Z',
    });
    expect(status).toBe(200);
    const [retrieval, composition] = [body.messages[0]!.retrieval, body.messages[0]!.composition];
    expect([retrieval, composition].map((one) => [one?.state, one?.id, one?.text])).toEqual([
      ['cannot_be_reconstructed', null, null],
      ['cannot_be_reconstructed', null, null],
    ]);
    expect(retrieval!.cause).toBe('no_neighbours');
  });

  it('of a user with three messages proposes nothing of their past', async () => {
    await send(numbered(1, 3));
    const { body } = await app.post<ReconstructAnswer>(at('/reconstruct'), {
      after_message_id: 'n-1',
      before_message_id: 'n-2',
    });
    expect(body.messages[0]!.retrieval).toMatchObject({ state: 'cannot_be_reconstructed', id: null, text: null });
  });

  it.each([
    [
      'an interval that holds messages',
      { conversation_id: 'talk', from: '2026-03-01T00:00:00Z', to: '2026-03-20T00:00:00Z' },
      400,
    ],
    ['a reversed interval', { conversation_id: 'talk', from: '2026-03-20T00:00:00Z', to: '2026-03-01T00:00:00Z' }, 400],
    ['no place at all', {}, 400],
    ['a gap that is not there', { gap_id: 'gap_0' }, 404],
    ['a message that is not there', { after_message_id: 'nobody' }, 404],
  ])('of %s is refused', async (_, body, status) => {
    await send(record());
    const reply = await app.post<Problem>(at('/reconstruct'), body);
    expect(reply.status).toBe(status);
    if (status === 400) expect(reply.body.errors).not.toEqual([]);
  });

  it('cannot be forged: the conversation it would stand in takes no message', async () => {
    const { status, body } = await app.post<Problem>('/message', {
      user_id: userId,
      content: 'never said',
      conversation_id: 'palimpsest:reconstructed:x',
    });
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/conversation_id']);
  });

  it.each(['/reconstructions/x', '/digs/x'])('or dig that is not there is not found: %s', async (path) => {
    await send(numbered(1, 3));
    expect((await app.get(at(path))).status).toBe(404);
  });
});

describe('a dig', () => {
  it('finds gaps, rebuilds them, looks for patterns, and keeps notes', async () => {
    await consent({ style: true });
    await send([...numbered(1, 20), ...numbered(25, 40)]);
    const started = await app.post<DigView>(at('/digs'), {
      name: 'Garden',
      from: '2026-04-01T00:00:00Z',
      to: '2026-04-02T00:00:00Z',
      include: ['gaps', 'reconstructions', 'patterns', 'notes'],
    });
    expect(started.status).toBe(202);
    await app.send('PATCH', at(`/digs/${started.body.id}`), { note: 'The week of the move.' });
    const dig = await ended(app, userId, started.body.id);
    expect(dig).toMatchObject({ name: 'Garden', status: 'completed', progress: 1, gaps_total: 1, is_outdated: false });
    expect(dig.gaps).toHaveLength(1);
    expect(dig.patterns).not.toBeNull();
    expect(dig.notes).toMatchObject([{ author: userId, text: 'The week of the move.' }]);
    expect((await app.get<Page<DigView>>(at('/digs'))).body.items.map(({ id }) => id)).toEqual([dig.id]);
    expect((await app.delete(at(`/digs/${dig.id}`))).status).toBe(204);
    expect((await app.get(at(`/digs/${dig.id}`))).status).toBe(404);
  });

  it('of a reversed interval is refused', async () => {
    const { status, body } = await app.post<Problem>(at('/digs'), {
      from: '2026-04-02T00:00:00Z',
      to: '2026-04-01T00:00:00Z',
    });
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/to']);
  });
});

it('shows patterns and a timeline of the same history', async () => {
  await consent({ style: true, emotion: true });
  await send(record());
  const patterns = (await app.get<PatternAnswer>(at('/patterns'))).body;
  expect(patterns).toMatchObject({ messages: 22, is_whole: true });
  expect(patterns.patterns.every(({ sentence }) => sentence.endsWith('.'))).toBe(true);
  const { body } = await app.get<TimelineAnswer>(at('/timeline?resolution=day'));
  expect(body.starts).toHaveLength(3);
  expect(body.series.messages.reduce((sum, n) => sum + n, 0)).toBe(11);
  expect(body.series.valence).not.toBeNull();
  expect(body.gaps).not.toBeNull();
  expect((await app.get(at('/timeline?from=2026-03-03T00:00:00Z&to=2026-03-01T00:00:00Z'))).status).toBe(400);
  expect((await app.get(at('/timeline?resolution=day&from=1990-01-01T00:00:00Z'))).status).toBe(400);
});

it('begins no conversation of its own where the interval of a timeline begins', async () => {
  await consent({ style: true });
  const said = (role: string, timestamp: string) => ({ role, timestamp, content: 'Still here.', conversation_id: 'c' });
  await send([
    said('user', '2026-03-01T23:50:00Z'),
    said('assistant', '2026-03-01T23:55:00Z'),
    said('user', '2026-03-02T00:05:00Z'),
    said('assistant', '2026-03-02T00:10:00Z'),
  ]);
  const whole = (await app.get<TimelineAnswer>(at('/timeline?resolution=day'))).body;
  expect(whole.series).toMatchObject({ conversations: [1, 0], latency_ms: [null, 600_000] });
  const second = (await app.get<TimelineAnswer>(at('/timeline?resolution=day&from=2026-03-02T00:00:00Z'))).body;
  expect(second.series).toMatchObject({ conversations: [0], latency_ms: [600_000], messages: [1] });
  expect(second.messages).toBe(2);
});

it('shows nothing without consent, and names the consents that are missing', async () => {
  await consent({ reconstruction: false });
  await send(numbered(1, 3));
  const day = { from: '2026-04-01T00:00:00Z', to: '2026-04-02T00:00:00Z' };
  const replies = await Promise.all([
    app.get(at('/gaps')),
    app.get(at('/patterns')),
    app.get(at('/timeline')),
    app.post(at('/merge'), { conversation_id: 'talk', messages: otherExport() }),
    app.post(at('/reconstruct'), { after_message_id: 'n-1' }),
    app.get(at('/reconstructions')),
    judge('x', { verdict: 'accept' }),
    app.post(at('/digs'), { ...day, include: ['patterns'] }),
    app.get(at('/digs')),
  ]);
  expect(replies.map(({ status, body }) => [status, (body as unknown as Problem).code])).toEqual(
    replies.map(() => [403, 'consent_required']),
  );
  expect((replies[7]!.body as unknown as { inferences: string[] }).inferences).toEqual(['reconstruction', 'style']);
});

it('writes every read into the audit log', async () => {
  await send(numbered(1, 3));
  await app.get(at('/gaps'));
  await app.get(at('/reconstructions'));
  const { body } = await app.get<AuditPage>(at('/audit'));
  expect(body.items.slice(0, 2).map(({ action, inferences }) => [action, inferences])).toEqual([
    ['reconstructions.read', ['reconstruction']],
    ['gaps.read', ['reconstruction']],
  ]);
});
