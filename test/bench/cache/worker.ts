import { kvCache } from '../../../src/cache/kv.ts';
import { MemoryCache } from '../../../src/cache/memory.ts';
import { CACHES } from '../../../src/cache/policy.ts';
import { EmbeddingCache } from '../../../src/embedding/cached.ts';
import type { Embedder } from '../../../src/embedding/embedder.ts';
import { AnswerCache, answerKey } from '../../../src/llm/answer-cache.ts';
import { contextSummary } from '../../../src/llm/templates/context-summary.ts';
import { KeptProfiles } from '../../../src/mirror/personality/kept-profile.ts';
import { ChangeLog } from '../../../src/palace/change-log.ts';
import { SpatialAnswers } from '../../../src/palace/spatial-answers.ts';

interface BenchEnv {
  KV: KVNamespace;
}

let computed = 0;
/** A model that computes nothing: asked more often than the worker expects, it says so. */
const MODEL: Embedder = {
  model: 'bench/384',
  dimensions: 384,
  remote: true,
  embed: async (texts) => {
    computed++;
    return new Float32Array(384 * texts.length);
  },
};
const QUESTION = ['What do they like to do at the weekend, and with whom?'];
const PEOPLE = ['ana', 'bo', 'chi'].map((name) => JSON.stringify(['tenant', name]));
const FOUND = { rows: new Uint32Array(100), distances: new Float64Array(100) };
const PROFILE = { traits: 'x'.repeat(2_000) };
const BOX = { type: 'box' as const, min: [0, 0, 0] as const, max: [9, 9, 9] as const };
const ANSWER = { text: 'a'.repeat(600), usage: { input: 900, output: 150 } };
const ASKING = { scope: PEOPLE[0]!, life: 'one' };
const VALUES = { question: QUESTION[0]!, messages: [{ id: 'm', text: 'a'.repeat(2_000) }] } as never;

const l1 = (name: keyof typeof CACHES) => new MemoryCache(CACHES[name].l1Bytes);
const [personality, answers] = [new KeptProfiles(l1('personality')), new AnswerCache({ l1: l1('textModelResponses') })];
let spatial: SpatialAnswers | undefined; // an id is drawn for its log, which only a request may do
let embeddings: EmbeddingCache | undefined;

/** One look-up, as the product makes it. */
async function lookUp(name: string, env: BenchEnv, later: (work: Promise<unknown>) => void): Promise<void> {
  const kv = () => kvCache(env.KV, later);
  embeddings ??= new EmbeddingCache({ l1: l1('embeddings'), l2: kv() });
  switch (name) {
    case 'embeddings':
      await embeddings.embed(MODEL, QUESTION, PEOPLE[0]!, 'query');
      return;
    case 'kv': // an isolate that has nothing yet
      await new EmbeddingCache({ l1: l1('embeddings'), l2: kv() }).embed(MODEL, QUESTION, PEOPLE[0]!, 'query');
      return;
    case 'personality':
      personality.read('life', { messages: 1_000, words: 15_000 }, () => PROFILE);
      return;
    case 'spatialQueries':
      spatial ??= new SpatialAnswers(l1('spatialQueries'), new ChangeLog(1));
      spatial.find(1, { ...BOX, min: [...BOX.min], max: [...BOX.max] }, 1, () => FOUND);
      return;
    case 'textModelResponses': {
      const key = await answerKey(ASKING, 'm', contextSummary, VALUES);
      if (!(await answers.get(key))) await answers.put(key, ANSWER);
    }
  }
}

// biome-ignore lint/style/noDefaultExport: workerd wants the entry point there
export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const later = (work: Promise<unknown>) => ctx.waitUntil(work);
    const name = pathname.slice(1);
    if (name === 'fill') {
      embeddings = new EmbeddingCache({ l1: l1('embeddings'), l2: kvCache(env.KV, later) });
      for (const person of PEOPLE) await embeddings.embed(MODEL, QUESTION, person, 'query');
      for (const cache of ['personality', 'spatialQueries', 'textModelResponses']) await lookUp(cache, env, later);
      return new Response('done');
    }
    const before = computed;
    for (let i = 0; i < Number(searchParams.get('rounds') ?? 0); i++) await lookUp(name, env, later);
    if (computed > before) return new Response(`${name} was computed`, { status: 500 });
    return Response.json({ status: 'ready' });
  },
} satisfies ExportedHandler<BenchEnv>;
