import { beforeAll, describe, expect, it } from 'vitest';
import type { Accepted } from '../../src/messages/contract.ts';
import type { SearchAnswer } from '../../src/palace/contract.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { holdQueue } from '../helpers/person.ts';
import { HISTORY } from '../helpers/seed.ts';

// the real model, in workerd: a message in, a memory found
let app: Client;
beforeAll(async () => {
  holdQueue();
  app = await newClient();
  await app.post('/messages?wait=true', { user_id: 'ana', messages: HISTORY });
}, 60_000);

const ask = (body: object, user = 'ana') => app.post<SearchAnswer>(`/users/${user}/memories/search`, body);
const found = async (body: object) => (await ask(body)).body.results.map((result) => result.content);

describe('a search', () => {
  it.each([
    ['Which water bird did Ana see?', 'heron'],
    ['Where does her sibling live now?', 'Marta'],
    ['Which food must Bo avoid?', 'walnuts'],
    ['a vehicle that was mended', 'bicycle'],
  ])('finds by meaning what other words say: %s', async (query, word) => {
    const contents = await found({ query, top_k: 3 });
    expect(contents.some((content) => content.includes(word))).toBe(true);
  });

  it('shows a result whole, with its place and its score', async () => {
    const { results, models, timing_ms } = (await ask({ query: 'lighthouse', top_k: 1 })).body;
    expect(results[0]).toMatchObject({
      conversation_id: 'garage',
      role: 'user',
      speaker: 'Ana',
      content: HISTORY[4].content,
      timestamp: HISTORY[4].timestamp,
    });
    expect(results[0]!.position).toHaveLength(3);
    expect(models).toHaveLength(1);
    expect(timing_ms).toBeGreaterThanOrEqual(0);
  });

  it('gives the best first, no more than asked for, and each once', async () => {
    const { results } = (await ask({ query: 'Ana and the pond', top_k: 4 })).body;
    expect(results).toHaveLength(4);
    const scores = results.map((result) => result.score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(new Set(results.map((result) => result.id)).size).toBe(4);
  });

  it('explains every score as the sum of its signals, when asked to', async () => {
    const { results } = (await ask({ query: 'heron', explain: true })).body;
    for (const { score, explain } of results) {
      expect(Object.values(explain!).reduce((sum, share) => sum + share, 0)).toBeCloseTo(score, 6);
    }
    expect((await ask({ query: 'heron' })).body.results[0]).not.toHaveProperty('explain');
  });

  it.each([
    ['a conversation', { conversation_ids: ['garage'] }, ['h3', 'h4', 'h5']],
    ['several', { conversation_ids: ['garage', 'pond'] }, ['h0', 'h1', 'h2', 'h3', 'h4', 'h5']],
    ['a speaker', { speakers: ['Bo'] }, ['h3', 'h5']],
    ['a role', { roles: ['assistant'] }, ['h1']],
    ['a time, its end left out', { after: HISTORY[2].timestamp, before: HISTORY[4].timestamp }, ['h2', 'h3']],
    ['several at once', { speakers: ['Ana'], conversation_ids: ['garage'] }, ['h4']],
    ['what nobody is', { speakers: ['Nobody'] }, []],
  ])('keeps to %s', async (_what, filters, expected) => {
    const contents = await found({
      query: 'Ana Bo heron bicycle lighthouse walnuts pottery diary',
      top_k: 100,
      filters,
    });
    const ids = HISTORY.filter(({ content }) => contents.includes(content)).map((m) => m.message_id);
    expect(expected).toEqual(expect.arrayContaining(ids));
    expect(ids).toHaveLength(expected.length);
  });

  it('says how likely it found an answer', async () => {
    const talked = (await ask({ query: 'Which water bird did Ana see?' })).body.answerable;
    const never = (await ask({ query: 'Which aircraft carrier did Zoltan decommission?' })).body.answerable;
    expect(talked).toBeGreaterThan(never);
    expect(never).toBeGreaterThan(0);
    expect(talked).toBeLessThan(1);
  });

  it('reads a time in the query from the reference date, in the zone of the asker', async () => {
    const [first] = HISTORY;
    const later = (hours: number) => new Date(Date.parse(first.timestamp) + hours * 3_600_000).toISOString();
    const body = { query: 'What did we talk about yesterday?', top_k: 100 };
    expect(await found({ ...body, reference_date: later(24) })).toContain(first.content);
    // four hours later it is the next day already, fourteen hours ahead of UTC
    const there = { ...body, reference_date: later(4), time_zone: 'Pacific/Kiritimati' };
    expect(await found(there)).toContain(first.content);
  });

  it('finds what was just sent', async () => {
    await app.post<Accepted>('/message?wait=true', { user_id: 'cleo', content: 'My passport expires in October.' });
    expect((await ask({ query: 'passport' }, 'cleo')).body.results[0]!.content).toContain('October');
  });

  it.each(['👍', '!!!', '北京', 'Ω'.repeat(512), ' ', '"; DROP TABLE message; --', 'a OR b AND NOT (c'])(
    'takes any text: %s',
    async (query) => {
      expect((await ask({ query })).status).toBe(200);
    },
  );
});

describe('a search that is refused', () => {
  it.each([
    ['no query', {}, '/query'],
    ['an empty one', { query: '' }, '/query'],
    ['one of more than 1 KB', { query: 'é'.repeat(513) }, '/query'],
    ['half a character', { query: '\ud83d' }, '/query'],
    ['too many results', { query: 'a', top_k: 101 }, '/top_k'],
    ['none', { query: 'a', top_k: 0 }, '/top_k'],
    ['part of one', { query: 'a', top_k: 1.5 }, '/top_k'],
    ['a role that is none', { query: 'a', filters: { roles: ['robot'] } }, '/filters/roles/0'],
    ['an empty list', { query: 'a', filters: { speakers: [] } }, '/filters/speakers'],
    ['a time that is none', { query: 'a', filters: { after: 'today' } }, '/filters/after'],
    ['a zone that is none', { query: 'a', time_zone: 'Mars/Olympus' }, '/time_zone'],
    ['a field that nobody knows', { query: 'a', filters: { room: 'x' } }, '/filters/room'],
  ])('for %s points there', async (_what, body, pointer) => {
    const reply = await app.post('/users/ana/memories/search', body);
    expect([reply.status, reply.body.errors!.map((fault) => fault.pointer)]).toEqual([400, [pointer]]);
  });

  it('is not found for a person who never was', async () => {
    expect((await app.post('/users/nobody/memories/search', { query: 'a' })).status).toBe(404);
  });
});
