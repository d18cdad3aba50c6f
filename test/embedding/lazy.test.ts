import { expect, it } from 'vitest';
import { EmbedderUnavailable } from '../../src/embedding/embedder.ts';
import { lazyEmbedder } from '../../src/embedding/lazy.ts';
import { warmUp } from '../../src/embedding/warm-up.ts';
import { FakeEmbedder } from '../helpers/fake-embedder.ts';

const IDENTITY = { model: 'm', dimensions: 3 };

it('makes one embedder for callers that race', async () => {
  let made = 0;
  const embedder = lazyEmbedder({
    ...IDENTITY,
    fetch: () => new Promise((resolve) => setTimeout(resolve, 1, 'parts')),
    async make() {
      made++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      return new FakeEmbedder('m');
    },
  });
  const answers = await Promise.all(Array.from({ length: 5 }, () => embedder.embed(['a'])));
  expect(made).toBe(1);
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

it('is unavailable while its parts cannot be fetched, and loads at the next try', async () => {
  let down = true;
  const embedder = lazyEmbedder({
    ...IDENTITY,
    async fetch() {
      if (down) throw new Error('404');
    },
    make: async () => new FakeEmbedder('m'),
  });
  await expect(embedder.embed(['a'])).rejects.toBeInstanceOf(EmbedderUnavailable);
  down = false;
  expect(await embedder.embed(['a'])).toHaveLength(3);
});

it('warms a model up with runs of single texts', async () => {
  const embedder = new FakeEmbedder('m');
  await warmUp(embedder, 5);
  expect(embedder.calls.map((texts) => texts.length)).toEqual([1, 1, 1, 1, 1]);
});
