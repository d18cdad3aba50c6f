import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createEmbeddingTiers } from '../../src/embedding/tiers.ts';
import { createWorkersAiEmbedder } from '../../src/embedding/workers-ai.ts';
import { unwrap } from '../../src/shared/errors.ts';
import { FakeAi } from '../helpers/fake-ai.ts';
import { FakeEmbedder } from '../helpers/fake-embedder.ts';

let now = 0;
const setUp = () => {
  const [first, second] = [new FakeEmbedder('first'), new FakeEmbedder('second')];
  return { first, second, port: createEmbeddingTiers([first, second], { now: () => now }) };
};

beforeEach(() => {
  now = 0;
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

it('asks the preferred model alone while it answers', async () => {
  const { second, port } = setUp();
  const answer = unwrap(await port.embed(['a', 'bb']));
  expect(answer).toMatchObject({ model: 'first', dimensions: 3 });
  expect(answer.vectors).toHaveLength(6);
  expect(second.calls).toEqual([]);
});

it('falls back to the next model, all texts at once, so that an answer has one model', async () => {
  const { first, second, port } = setUp();
  first.fail();
  expect(unwrap(await port.embed(['a', 'bb', 'c'])).model).toBe('second');
  expect(second.calls).toEqual([['a', 'bb', 'c']]);
});

it('falls back from Workers AI that is out of capacity', async () => {
  const ai = new FakeAi();
  const local = new FakeEmbedder('local');
  const port = createEmbeddingTiers([createWorkersAiEmbedder(ai), local]);
  ai.refuse(429, 3040);
  expect(unwrap(await port.embed(['a'])).model).toBe('local');
  ai.recover();
  expect(unwrap(await port.embed(['a'])).model).toBe('@cf/baai/bge-small-en-v1.5/cls');
});

it('answers with the model that was asked for, or not at all', async () => {
  const { first, second, port } = setUp();
  expect(unwrap(await port.embed(['a'], 'second')).model).toBe('second');
  second.fail();
  expect(await port.embed(['a'], 'second')).toMatchObject({ ok: false, code: 'unavailable' });
  expect(await port.embed(['a'], 'third')).toMatchObject({ ok: false, code: 'unavailable' });
  expect(first.calls).toEqual([]);
});

it('stops asking a model that keeps failing, and tries it again after a rest', async () => {
  const { first, port } = setUp();
  first.fail();
  for (let i = 0; i < 10; i++) await port.embed(['a']);
  expect(first.calls).toHaveLength(3);

  first.recover();
  now = 10_000;
  expect(unwrap(await port.embed(['a'])).model).toBe('first');
  expect(unwrap(await port.embed(['a'])).model).toBe('first');
});

it('lets one trial through at a time while a model is resting', async () => {
  const { first, port } = setUp();
  first.fail();
  for (let i = 0; i < 3; i++) await port.embed(['a']);
  now = 10_000;
  await Promise.all([port.embed(['a']), port.embed(['a']), port.embed(['a'])]);
  expect(first.calls).toHaveLength(4);
});

it('does not count a text that one model refuses against that model', async () => {
  const { first, port } = setUp();
  first.fail(new Error('refused the input'));
  for (let i = 0; i < 10; i++) expect(unwrap(await port.embed(['a'])).model).toBe('second');
  expect(first.calls).toHaveLength(10);
});

it('refuses as unavailable, with a time to come back, when no model answers', async () => {
  const { first, second, port } = setUp();
  first.fail();
  second.fail(new Error('a bug'));
  expect(await port.embed(['a'])).toMatchObject({ ok: false, code: 'unavailable', retryAfterSeconds: 5 });
});

it('refuses a text for good when every model has seen it and refused it', async () => {
  const { first, second, port } = setUp();
  first.fail(new Error('refused the input'));
  second.fail(new Error('refused the input'));
  expect(await port.embed(['a'])).toMatchObject({ ok: false, code: 'invalid_input' });
});

it('writes no text into the log', async () => {
  const { first, port } = setUp();
  first.fail();
  await port.embed(['my secret']);
  expect(JSON.stringify(vi.mocked(console.error).mock.calls)).not.toContain('secret');
});
