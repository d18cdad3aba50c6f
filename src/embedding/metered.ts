import type { LabelsOf } from '../metrics/catalogue.ts';
import { count, observe, secondsSince } from '../metrics/recorder.ts';
import type { Embedder } from './embedder.ts';

/** Published rate of bge-small-en-v1.5: neurons for a million tokens of input (Cloudflare, Workers AI pricing). */
const NEURONS_PER_TOKEN = 1_841 / 1_000_000;
/** English text, roughly. */
const CHARACTERS_PER_TOKEN = 4;

/** An embedder whose time and texts are counted; it stands behind the caches, so only what is computed counts. */
export function meteredEmbedder(embedder: Embedder, tier: LabelsOf<'embedding_texts_total'>['tier']): Embedder {
  const { model, dimensions, remote } = embedder;
  return {
    ...{ model, dimensions },
    ...(remote === undefined ? {} : { remote }),
    async embed(texts) {
      const start = performance.now();
      let outcome: 'ok' | 'error' = 'error';
      try {
        const vectors = await embedder.embed(texts);
        outcome = 'ok';
        return vectors;
      } finally {
        observe('embedding_duration_seconds', secondsSince(start), { tier, outcome });
        count('embedding_texts_total', { tier }, texts.length);
        if (remote) {
          const characters = texts.reduce((sum, text) => sum + text.length, 0);
          const neurons = (characters / CHARACTERS_PER_TOKEN) * NEURONS_PER_TOKEN;
          count('workers_ai_neurons_total', { use: 'embedding' }, neurons);
        }
      }
    },
  };
}
