import type { EmbeddingPort } from '../../src/embedding/embedder.ts';
import { type CategoryVectors, categoryVectors, prototypeTexts } from '../../src/palace/categorise.ts';
import { MICRO_BATCH } from '../../src/tasks/process.ts';

/** By model, for all objects of the isolate: the texts are ours and the same for everybody. Only finished ones are kept. */
const known = new Map<string, CategoryVectors>();

export const prototypesOf = (model: string): CategoryVectors | null => known.get(model) ?? null;

/** Embeds the sentences that stand for the categories, once. False if the model does not answer: ask again later. */
export async function learnPrototypes(embedder: EmbeddingPort, model: string): Promise<boolean> {
  if (known.has(model)) return true;
  const texts = prototypeTexts();
  let all: Float32Array | null = null;
  let width = 0;
  for (let i = 0; i < texts.length; i += MICRO_BATCH) {
    const answer = await embedder.embed(texts.slice(i, i + MICRO_BATCH), model, 'categories');
    if (!answer.ok) return false;
    width = answer.value.dimensions;
    all ??= new Float32Array(texts.length * width);
    all.set(answer.value.vectors, i * width);
  }
  if (all) known.set(model, categoryVectors(all, width));
  return true;
}
