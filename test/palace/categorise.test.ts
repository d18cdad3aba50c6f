import { beforeAll, expect, it } from 'vitest';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { loadNodeEmbedder } from '../../src/embedding/node.ts';
import { type CategoryVectors, categorise, categoryVectors, prototypeTexts } from '../../src/palace/categorise.ts';
import { CATEGORIES } from '../../src/palace/rooms/contract.ts';

let model: Embedder;
let prototypes: CategoryVectors;
beforeAll(async () => {
  model = await loadNodeEmbedder();
  prototypes = categoryVectors(await model.embed(prototypeTexts()), model.dimensions);
});

it.each([
  ['My brother and his wife have three children now.', 'people'],
  ['We took the ferry to the island and slept in a tent on the cliffs.', 'places'],
  ['The client wants the offer by Friday, so I stay late at the office.', 'work'],
  ['The dentist had to pull a tooth and it still hurts.', 'health'],
  ['The washing machine broke and flooded the bathroom.', 'home'],
  ['I finished the third volume and started a puzzle of a lighthouse.', 'leisure'],
  ['In March I want to begin with the language course, if all goes well.', 'plans'],
  ['I am so ashamed and angry that I could scream.', 'feelings'],
  ['Their golden wedding was celebrated in the village hall.', 'events'],
  ['The wifi password is on the back of the router.', 'facts'],
])('%s → %s', async (text, category) => {
  expect(categorise(text, await model.embed([text]), prototypes)).toBe(category);
});

it('gives its own sentences their own category', async () => {
  const texts = prototypeTexts();
  const vectors = await model.embed(texts);
  const each = texts.length / CATEGORIES.length;
  const wrong = texts.filter((text, i) => {
    const vector = vectors.subarray(i * model.dimensions, (i + 1) * model.dimensions);
    return categorise(text, vector, prototypes) !== CATEGORIES[Math.floor(i / each)];
  });
  expect(wrong.length).toBeLessThanOrEqual(texts.length / 20);
});

it('goes by words alone where there is no vector, and by nothing to facts', () => {
  expect(categorise('My sister and my cousin', null, null)).toBe('people');
  expect(categorise('', null, null)).toBe('facts');
  expect(categorise('Zxqv!', null, null)).toBe('facts');
});
