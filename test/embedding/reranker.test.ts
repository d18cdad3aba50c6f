import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWorkersAiReranker } from '../../src/embedding/reranker.ts';
import { FakeRerankAi } from '../helpers/fake-ai.ts';

const TEXTS = ['the heron stood in the pond', 'we ate soup', 'a pond without a bird'];

let ai: FakeRerankAi;
beforeEach(() => {
  ai = new FakeRerankAi();
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

it('asks in the shape that the model takes, for a score of each text', async () => {
  await createWorkersAiReranker(ai).rerank('heron', TEXTS);
  expect(ai.requests).toEqual([
    {
      model: '@cf/baai/bge-reranker-base',
      inputs: { query: 'heron', contexts: TEXTS.map((text) => ({ text })), top_k: 3 },
    },
  ]);
});

it('gives the scores by text, in whatever order the model answers', async () => {
  expect(await createWorkersAiReranker(ai).rerank('soup', TEXTS)).toMatchObject({
    ok: true,
    value: { model: '@cf/baai/bge-reranker-base', scores: [0, 1, 0] },
  });
});

it('asks nothing where there is nothing to judge', async () => {
  expect(await createWorkersAiReranker(ai).rerank('soup', [])).toMatchObject({ ok: true, value: { scores: [] } });
  expect(ai.requests).toEqual([]);
});

it.each([
  ['letters', 'word '.repeat(6_000), 3 * 480],
  ['Hangul', '한'.repeat(6_000), 480],
  ['emoji', '😀'.repeat(6_000), 2 * 480],
])('cuts what the model would refuse as too long, never within a character: %s', async (_, long, most) => {
  await createWorkersAiReranker(ai).rerank(long, [long, '']);
  const { query, contexts } = ai.requests[0]!.inputs;
  expect(query.length + contexts[0]!.text.length).toBeLessThanOrEqual(most);
  expect(contexts[0]!.text.length).toBeGreaterThan(most / 3);
  expect([query, contexts[0]!.text].every((text) => text.isWellFormed())).toBe(true);
  expect(contexts[1]).toEqual({ text: '-' }); // an empty text is refused as well
});

it.each([
  ['no JSON', 'upstream connect error'],
  ['another shape', '{"response":"none"}'],
  ['a score for no text', '{"response":[{"id":0,"score":1},{"id":1,"score":1},{"id":7,"score":1}]}'],
  ['one text twice', '{"response":[{"id":0,"score":1},{"id":1,"score":1},{"id":1,"score":1}]}'],
  ['too few', '{"response":[{"id":0,"score":1}]}'],
  ['no number', '{"response":[{"id":0,"score":null},{"id":1,"score":1},{"id":2,"score":1}]}'],
])('refuses an answer that cannot be trusted: %s', async (_, text) => {
  ai.answer(text);
  expect(await createWorkersAiReranker(ai).rerank('soup', TEXTS)).toMatchObject({ ok: false, code: 'unavailable' });
});

it('does not wait for a model that hangs', async () => {
  ai.hang();
  const answer = await createWorkersAiReranker(ai, { timeoutMs: 20 }).rerank('soup', TEXTS);
  expect(answer).toMatchObject({ ok: false, code: 'unavailable' });
});

it('leaves a model that keeps failing alone for a while, and comes back to it', async () => {
  let now = 1_000;
  const reranker = createWorkersAiReranker(ai, { now: () => now });
  ai.refuse(429, 3040);
  for (let i = 0; i < 5; i++) expect((await reranker.rerank('soup', TEXTS)).ok).toBe(false);
  expect(ai.requests).toHaveLength(3);
  ai.recover();
  now += 60_000;
  expect((await reranker.rerank('soup', TEXTS)).ok).toBe(true);
});
