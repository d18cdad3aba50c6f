import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Accepted } from '../../src/messages/contract.ts';
import type { SearchAnswer } from '../../src/palace/contract.ts';
import { done, refused } from '../../src/shared/errors.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { holdQueue, settled } from '../helpers/person.ts';

const RECIPE = 'Grandma puts two spoons of honey into the walnut cake.';
const MESSAGES = [
  { message_id: 'first', content: RECIPE, timestamp: '2026-05-01T09:00:00.000Z' },
  {
    message_id: 'other',
    content: 'The cake shop on the corner closes on Monday.',
    timestamp: '2026-05-02T09:00:00.000Z',
  },
  { message_id: 'again', content: RECIPE.toUpperCase(), timestamp: '2026-05-03T09:00:00.000Z' },
  { message_id: 'third', content: `${RECIPE}!`, timestamp: '2026-05-04T09:00:00.000Z' },
];

let app: Client;
let model: TestEmbedder;
let without: TestEmbedder['rerank'];
let user: string;
let ids: string[];
beforeAll(async () => {
  model = useTestEmbedder();
  without = model.rerank;
  holdQueue();
  app = await newClient();
});
beforeEach(async () => {
  model.rerank = without;
  user = crypto.randomUUID();
  ids = (await app.post<Accepted>('/messages', { user_id: user, messages: MESSAGES })).body.message_ids;
  await settled(app, user);
});
afterEach(() => vi.restoreAllMocks());

const search = async (body: object = {}) =>
  (await app.post<SearchAnswer>(`/users/${user}/memories/search`, { query: 'honey in the walnut cake', ...body })).body;
const names = (results: SearchAnswer['results']) => results.map(({ message_id }) => message_id);
const sayings = ['first', 'again', 'third'];

describe('memories that say the same', () => {
  it('are shown once, with the ids of the others', async () => {
    const { results } = await search();
    const [shown, ...more] = results.filter(({ message_id }) => sayings.includes(message_id!));
    expect(more).toEqual([]);
    expect([shown!.id, ...shown!.duplicates].toSorted()).toEqual([ids[0], ids[2], ids[3]].toSorted());
    expect(results.find(({ message_id }) => message_id === 'other')!.duplicates).toEqual([]);
  });

  it('leave their place to other memories', async () => {
    expect(names((await search({ top_k: 2 })).results)).toContain('other');
  });

  it('are all shown when asked for', async () => {
    const { results } = await search({ collapse_duplicates: false });
    expect(names(results)).toEqual(expect.arrayContaining(sayings));
    expect(results.every(({ duplicates }) => duplicates.length === 0)).toBe(true);
  });

  it('are shown by one that passes the filters, and name no other', async () => {
    const { results } = await search({ filters: { after: '2026-05-03T00:00:00Z' } });
    expect(results).toHaveLength(1);
    expect(['again', 'third']).toContain(results[0]!.message_id);
    expect(results[0]!.duplicates).toEqual([results[0]!.message_id === 'again' ? ids[3] : ids[2]]);
  });

  it('are found by the others when one is deleted', async () => {
    await app.delete(`/users/${user}/messages/first`);
    const { results } = await search();
    const [shown, ...more] = results.filter(({ message_id }) => sayings.includes(message_id!));
    expect(more).toEqual([]);
    expect([shown!.id, ...shown!.duplicates].toSorted()).toEqual([ids[2], ids[3]].toSorted());
  });
});

describe('a re-ranker', () => {
  it('is not asked by a search that does not ask for it', async () => {
    const rerank = vi.fn(without);
    model.rerank = rerank;
    expect(await search()).not.toHaveProperty('reranked');
    expect(rerank).not.toHaveBeenCalled();
  });

  it('reads the query with each result, and moves what it finds better', async () => {
    const all = { collapse_duplicates: false };
    const plain = names((await search(all)).results);
    expect(plain.indexOf('other')).toBe(3);
    let read: string[] = [];
    model.rerank = async (_query, texts) => {
      read = texts;
      return done({ model: 'test/reranker', scores: texts.map((text) => (text.includes('shop') ? 1 : 0)) });
    };
    const { results, reranked } = await search({ ...all, rerank: true });
    expect([reranked, read.length]).toEqual(['test/reranker', 4]);
    expect(names(results)).toEqual([plain[0], 'other', plain[1], plain[2]]);
    expect(results.map((result) => result.rerank_score)).toEqual([0, 1, 0, 0]);
  });

  it.each<[string, TestEmbedder['rerank']]>([
    ['is not set up', async () => refused('unavailable', 'No re-ranker is set up here.')],
    ['cannot be reached', () => Promise.reject(new Error('no such method'))],
    ['scores too few', async () => done({ model: 'test/reranker', scores: [1] })],
    ['hangs', () => new Promise(() => {})],
  ])('that %s leaves the order of the search, and the answer says so', async (_, rerank) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const plain = names((await search()).results);
    model.rerank = rerank;
    const { results, reranked } = await search({ rerank: true });
    expect(names(results)).toEqual(plain);
    expect(reranked).toBeNull();
  });

  it('gives no more results than asked for', async () => {
    model.rerank = async (_query, texts) => done({ model: 'test/reranker', scores: texts.map((_text, i) => i) });
    expect((await search({ rerank: true, top_k: 1 })).results).toHaveLength(1);
  });
});
