import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import type { Env } from '../../src/env.ts';
import { unwrap } from '../../src/shared/errors.ts';
import { cosine } from '../helpers/cosine.ts';
import golden from './golden.json' with { type: 'json' };

/** The first call makes vite bundle the Worker with 14 MB of wasm. */
const FIRST_LOAD_MS = 120_000;

const { EMBEDDER } = env as unknown as Env;
const embed = async (...request: Parameters<typeof EMBEDDER.embed>) => unwrap(await EMBEDDER.embed(...request));

it(
  'gives requests that race for a fresh isolate the same vector',
  async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => embed(['What is your age?'])));
    for (const { model, vectors } of answers) {
      expect(model).toBe('use-lite-en/int8/1');
      expect(vectors).toEqual(answers[0]!.vectors);
    }
  },
  FIRST_LOAD_MS,
);

it('puts texts of one meaning close together', async () => {
  const { dimensions, vectors } = await embed([
    'How old are you?',
    'What is your age?',
    'The stock market crashed today',
  ]);
  const [asked, alike, other] = [0, 1, 2].map((i) => vectors.slice(i * dimensions, (i + 1) * dimensions));
  expect(cosine(asked!, alike!)).toBeGreaterThan(0.8);
  expect(cosine(asked!, other!)).toBeLessThan(0.4);
});

it('computes the very bits that Node computes', async () => {
  for (const { text, start } of golden) {
    const { vectors } = await embed([text]);
    expect(Array.from(vectors.subarray(0, start.length))).toEqual(start);
  }
});

it('gives a text the same bits alone, in a batch, and from the cache', async () => {
  const texts = golden.map(({ text }) => text);
  const { dimensions, vectors } = await embed(texts);
  for (const [i, text] of texts.entries()) {
    const row = vectors.slice(i * dimensions, (i + 1) * dimensions);
    expect((await embed([text])).vectors).toEqual(row);
    expect((await embed([text], undefined, 'ana')).vectors).toEqual(row);
    expect((await embed([text], undefined, 'ana', 'query')).vectors).toEqual(row);
  }
});

it('answers with a unit vector whatever the text is', async () => {
  const texts = ['', ' \n', '👩‍👩‍👧‍👦 😀', 'lorem ipsum '.repeat(2700)];
  const { dimensions, vectors } = await embed(texts);
  expect(vectors).toHaveLength(texts.length * dimensions);
  for (const i of texts.keys()) {
    expect(Math.hypot(...vectors.subarray(i * dimensions, (i + 1) * dimensions))).toBeCloseTo(1, 5);
  }
});

it('refuses a model that is not set up, as a value', async () => {
  expect(await EMBEDDER.embed(['a'], 'some/other/model')).toMatchObject({ ok: false, code: 'unavailable' });
});

it('warms up without a fault, more than once', async () => {
  await EMBEDDER.warm();
  await expect(EMBEDDER.warm()).resolves.toBeUndefined();
});
