import { expect, it } from 'vitest';
import { EmbedderUnavailable } from '../../src/embedding/embedder.ts';
import { type AiRunner, createWorkersAiEmbedder } from '../../src/embedding/workers-ai.ts';
import { FakeAi } from '../helpers/fake-ai.ts';

it('asks for the texts in the shape that the model takes', async () => {
  const ai = new FakeAi();
  await createWorkersAiEmbedder(ai).embed(['  Hello\n there ']);
  expect(ai.requests).toEqual([
    { model: '@cf/baai/bge-small-en-v1.5', inputs: { text: ['Hello there'], pooling: 'cls' } },
  ]);
});

it('returns one unit row a text, in order, over several requests', async () => {
  const ai = new FakeAi();
  const embedder = createWorkersAiEmbedder(ai);
  const texts = Array.from({ length: 40 }, (_, i) => `text ${i}`);
  const rows = await embedder.embed(texts);
  expect(ai.requests.map(({ inputs }) => inputs.text.length)).toEqual([16, 16, 8]);
  for (const [i, text] of texts.entries()) {
    const row = rows.slice(i * 384, (i + 1) * 384);
    expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    expect(row).toEqual(await embedder.embed([text]));
  }
});

it('names pooling in the id of the model, because the two are different spaces', () => {
  const ai = new FakeAi();
  expect(createWorkersAiEmbedder(ai).model).toBe('@cf/baai/bge-small-en-v1.5/cls');
  expect(createWorkersAiEmbedder(ai, { pooling: 'mean' }).model).toBe('@cf/baai/bge-small-en-v1.5/mean');
});

it.each([
  ['latin', 'word '.repeat(6000)],
  ['hangul, three tokens a syllable', '한국어'.repeat(2000)],
  ['emoji', '😀'.repeat(4000)],
])('sends a long text as a bounded number of windows that cannot be too long: %s', async (_, text) => {
  const ai = new FakeAi();
  const rows = await createWorkersAiEmbedder(ai).embed([text]);
  const sent = ai.requests.flatMap(({ inputs }) => inputs.text);
  expect(sent.length).toBeGreaterThan(1);
  expect(sent.length).toBeLessThanOrEqual(16);
  for (const window of sent) {
    expect(Array.from(window.normalize('NFD')).length).toBeLessThanOrEqual(510);
    expect(window.isWellFormed()).toBe(true);
  }
  expect(rows).toHaveLength(384);
});

it('never sends an empty text, which the platform refuses', async () => {
  const ai = new FakeAi();
  expect(await createWorkersAiEmbedder(ai).embed(['', ' '])).toHaveLength(2 * 384);
  expect(ai.requests[0]!.inputs.text.every((text) => text.length > 0)).toBe(true);
});

it.each<[number, number | undefined, string]>([
  [429, 3040, 'out of capacity'],
  [429, 3036, 'the daily allocation is used up'],
  [408, 3007, 'a time-out on their side'],
  [500, 1000, 'a fault on their side'],
  [504, undefined, 'a gateway time-out'],
  [403, 5018, 'an account without the model'],
])('is unavailable after %i, internal code %s: %s', async (status, internalCode) => {
  const ai = new FakeAi();
  ai.refuse(status, internalCode);
  await expect(createWorkersAiEmbedder(ai).embed(['x'])).rejects.toBeInstanceOf(EmbedderUnavailable);
});

it('does not call an input that was refused an outage', async () => {
  const ai = new FakeAi();
  ai.refuse(400, 3010);
  const failure = await createWorkersAiEmbedder(ai)
    .embed(['x'])
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(failure).not.toBeInstanceOf(EmbedderUnavailable);
});

it.each<[string, unknown]>([
  ['no data', { shape: [1, 384] }],
  ['a row missing', { shape: [1, 384], data: [] }],
  ['too few dimensions', { shape: [1, 3], data: [[1, 2, 3]], pooling: 'cls' }],
  ['numbers that are none', { data: [Array.from({ length: 384 }, () => null)] }],
  ['another pooling, so another space', { data: [Array.from({ length: 384 }, () => 1)], pooling: 'mean' }],
  ['the answer to a queued request', { request_id: 'r1' }],
])('takes an answer with %s for an outage', async (_, body) => {
  const ai = new FakeAi();
  ai.answer(body);
  await expect(createWorkersAiEmbedder(ai).embed(['x'])).rejects.toBeInstanceOf(EmbedderUnavailable);
});

it('is unavailable when the answer is not JSON', async () => {
  const ai: AiRunner = { run: async () => new Response('<html>bad gateway</html>', { status: 502 }) };
  await expect(createWorkersAiEmbedder(ai).embed(['x'])).rejects.toBeInstanceOf(EmbedderUnavailable);
});

it('is unavailable when no answer comes in time', async () => {
  const ai: AiRunner = {
    run: (_model, _inputs, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  };
  await expect(createWorkersAiEmbedder(ai, { timeoutMs: 5 }).embed(['x'])).rejects.toBeInstanceOf(EmbedderUnavailable);
});
