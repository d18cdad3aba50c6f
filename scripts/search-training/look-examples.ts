import type { Embedder } from '../../src/embedding/embedder.ts';
import { LOOKED_AT } from '../../src/palace/closer-look.ts';
import { lastTime, type Sample } from '../../test/eval/dataset.ts';
import { openIndex } from '../../test/eval/in-process.ts';
import type { LookExample } from './lambda-mart.ts';

/** The features that the product's own search gives the closer look, one example a question with evidence. */
export async function lookExamples(
  samples: readonly Sample[],
  embedder: Embedder,
  kernel: WebAssembly.Module,
  weightOf: (sample: Sample) => number,
): Promise<LookExample[]> {
  const examples: LookExample[] = [];
  for (const sample of samples) {
    let features = new Float32Array();
    const ask = await openIndex(sample, embedder, kernel, (seen) => {
      features = Float32Array.from(seen);
      return new Float64Array(LOOKED_AT); // says nothing: the order stays the blend's
    });
    for (const { text, gold, category } of sample.questions.filter((question) => question.gold.length > 0)) {
      features = new Float32Array();
      const { ids, hits } = await ask(text, { topK: LOOKED_AT, now: lastTime(sample) });
      const wanted = new Set(gold);
      examples.push({
        sample: sample.id,
        category,
        weight: weightOf(sample),
        features,
        base: Float64Array.from(hits, ({ score }) => score),
        isGold: Uint8Array.from(ids, (id) => Number(wanted.has(id))),
        wanted: wanted.size,
      });
    }
  }
  return examples;
}
