import model from 'wink-eng-lite-web-model';
import winkNLP from 'wink-nlp';
import wasm from '../../.build/ort.wasm';
import { MIRROR } from '../../durable-objects/mirror/mirror-registry.ts';
import { lazyEmbedder } from '../../src/embedding/lazy.ts';
import { createOnnxEmbedder, ONNX_MODEL } from '../../src/embedding/onnx.ts';
import type { Vocabulary } from '../../src/embedding/tokenizer.ts';
import type { Utterance } from '../../src/mirror/inference.ts';
import { quantize } from '../../src/spatial/quantize.ts';
import { MirrorTexts } from './mirror-texts.ts';

interface BenchEnv {
  ASSETS: Fetcher;
}

/** What is done with each of `texts`, `rounds` times; `nothing`: the request itself. */
export interface MirrorRequest {
  work: 'nothing' | 'whole' | 'no-embed' | 'wink' | 'fill';
  texts: string[];
  rounds: number;
}

let assets: Fetcher;
const embedder = lazyEmbedder({
  ...ONNX_MODEL,
  async fetch() {
    const [weights, vocabulary] = await Promise.all([
      assets.fetch('https://assets.local/model/use-lite-int8.onnx').then((response) => response.bytes()),
      assets.fetch('https://assets.local/model/vocab.json').then((response) => response.json<Vocabulary>()),
    ]);
    return { wasm, model: weights, vocabulary };
  },
  make: createOnnxEmbedder,
});

/** As the person's object runs them: each inference of the product with its state. */
const inferences = Object.values(MIRROR).map(({ inference }) => ({ inference, state: inference.empty() as never }));
let row = 0;

function apply(content: string, vector: Float32Array): void {
  const { bytes, scale } = quantize(vector);
  const utterance: Utterance = {
    row: ++row,
    id: `01BENCH${row}`,
    conversationId: 'bench',
    content,
    sentAt: Date.UTC(2023, 0, 1) + row * 900_000, // 10^5 of them span almost three years
    vector: Float32Array.from(bytes, (component) => component * scale),
    model: ONNX_MODEL.model,
    keystrokes: row % 4 === 0 ? { intervals_ms: [110, 95, 240, 130, 2_400, 88], corrections: 1 } : null,
  };
  for (const { inference, state } of inferences) inference.apply(state, utterance, 1);
}

const vectors = Array.from({ length: 64 }, (_, i) => unitVector(i));
function unitVector(seed: number): Float32Array {
  const vector = Float32Array.from({ length: ONNX_MODEL.dimensions }, (_, i) => Math.sin(1 + i * (seed + 1)));
  const length = Math.hypot(...vector);
  return vector.map((component) => component / length);
}

const nlp = winkNLP(model);
const { its } = nlp;

/** As its readme shows: all of the pipe, then sentiment, parts of speech and readability read out. */
function wink(text: string): number {
  const doc = nlp.readDoc(text);
  const tags = doc.tokens().out(its.pos) as unknown as string[];
  const { fres } = doc.out(its.readabilityStats) as unknown as { fres: number };
  return (doc.out(its.sentiment) as unknown as number) + tags.length + fres;
}

const texts = new MirrorTexts(7);

async function perform({ work, texts: given, rounds }: MirrorRequest): Promise<number> {
  let sink = 0;
  for (let round = 0; round < rounds; round++) {
    if (work === 'fill') apply(texts.next(), vectors[row % vectors.length]!);
    for (const [i, text] of given.entries()) {
      if (work === 'whole') apply(text, await embedder.embed([text]));
      else if (work === 'no-embed') apply(text, vectors[i % vectors.length]!);
      else if (work === 'wink') sink += wink(text);
    }
  }
  return sink;
}

/** The product's inferences and nothing else, for the benchmark. Answers with the bytes of all states. */
// biome-ignore lint/style/noDefaultExport: workerd wants the entry point there
export default {
  async fetch(request, env): Promise<Response> {
    assets = env.ASSETS;
    const asked = await request.json<MirrorRequest>();
    const sink = await perform(asked);
    const bytes =
      asked.work === 'nothing' && asked.rounds > 0
        ? inferences.map(({ inference, state }) => inference.toBytes(state).length)
        : [];
    return Response.json({ bytes, names: Object.keys(MIRROR), sink });
  },
} satisfies ExportedHandler<BenchEnv>;
