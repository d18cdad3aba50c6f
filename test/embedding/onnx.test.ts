import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { buildModel } from '../../scripts/build-model.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { loadNodeEmbedder } from '../../src/embedding/node.ts';
import { normaliseText } from '../../src/embedding/normalise.ts';
import { Tokenizer, type Vocabulary } from '../../src/embedding/tokenizer.ts';
import { cosine } from '../helpers/cosine.ts';
import { SENTENCES } from '../helpers/sentences.ts';
import { referenceEmbedding } from '../helpers/use-lite-reference.ts';

let embedder: Embedder;
let tokenizer: Tokenizer;

beforeAll(async () => {
  buildModel();
  embedder = await loadNodeEmbedder();
  tokenizer = new Tokenizer(JSON.parse(readFileSync('.build/assets/model/vocab.json', 'utf8')) as Vocabulary);
});

const row = (rows: Float32Array, i: number) => rows.slice(i * embedder.dimensions, (i + 1) * embedder.dimensions);
const idsOf = (text: string) => tokenizer.encode(normaliseText(text));

it('agrees with the published float32 network on every sentence', async () => {
  const rows = await embedder.embed(SENTENCES);
  const cosines = SENTENCES.map((text, i) => cosine(row(rows, i), referenceEmbedding(idsOf(text))));
  expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.998);
});

it('gives a text the same bits alone, in a batch and beside another caller', async () => {
  const batch = await embedder.embed(SENTENCES);
  const alone = await Promise.all(SENTENCES.map((text) => embedder.embed([text])));
  for (const [i, vector] of alone.entries()) expect(vector).toEqual(row(batch, i));
});

it('embeds a text of several windows as the mean of theirs, weighted by tokens', async () => {
  const text = 'I told them that the old house by the lake burned down last night. '.repeat(9).trim();
  const ids = idsOf(text);
  expect(ids.length).toBeGreaterThan(128);
  const expected = new Float64Array(embedder.dimensions);
  for (let start = 0; start < ids.length; start += 64) {
    const window = ids.slice(start, start + 64);
    for (const [d, value] of referenceEmbedding(window).entries()) expected[d] = expected[d]! + value * window.length;
  }
  expect(cosine(await embedder.embed([text]), expected)).toBeGreaterThanOrEqual(0.998);
});

it('answers with a unit vector whatever the text is', async () => {
  const texts = ['', ' \n', '👩‍👩‍👧‍👦', '\ud83d', '\0', 'long message '.repeat(2500), '我今天很累。'];
  const rows = await embedder.embed(texts);
  expect(rows).toHaveLength(texts.length * embedder.dimensions);
  for (const i of texts.keys()) expect(Math.hypot(...row(rows, i))).toBeCloseTo(1, 5);
});

it('sees the end of a text of many windows', async () => {
  const start = 'We talked about the garden and the roses. '.repeat(200);
  const [plain, changed] = [await embedder.embed([start]), await embedder.embed([`${start}The stock market crashed.`])];
  expect(changed).not.toEqual(plain);
});

it('has no rows for no texts', async () => {
  expect(await embedder.embed([])).toHaveLength(0);
});

it('lets other work in while it embeds a batch', async () => {
  let turns = 0;
  const ticking = setInterval(() => turns++, 0);
  await embedder.embed(Array.from({ length: 30 }, (_, i) => `${SENTENCES.at(-1)} ${i}`));
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(5);
});
