import wasm from '../../.build/ort.wasm';
import { lazyEmbedder } from '../../src/embedding/lazy.ts';
import { createOnnxEmbedder, ONNX_MODEL } from '../../src/embedding/onnx.ts';
import type { Vocabulary } from '../../src/embedding/tokenizer.ts';

interface BenchEnv {
  ASSETS: Fetcher;
}

interface BenchRequest {
  texts: string[];
  /** how often each text is embedded */
  rounds: number;
  /** all texts in one call instead of a call each */
  batch: boolean;
}

let assets: Fetcher;

const embedder = lazyEmbedder({
  ...ONNX_MODEL,
  async fetch() {
    const [model, vocabulary] = await Promise.all([
      assets.fetch('https://assets.local/model/use-lite-int8.onnx').then((response) => response.bytes()),
      assets.fetch('https://assets.local/model/vocab.json').then((response) => response.json<Vocabulary>()),
    ]);
    return { wasm, model, vocabulary };
  },
  make: createOnnxEmbedder,
});

/** The product's embedder and nothing else, for the benchmark. Answers with the vectors of the last round. */
// biome-ignore lint/style/noDefaultExport: workerd wants the entry point there
export default {
  async fetch(request, env): Promise<Response> {
    assets = env.ASSETS;
    const { texts, rounds, batch } = await request.json<BenchRequest>();
    const calls = batch ? [texts] : texts.map((text) => [text]);
    let answers: Float32Array[] = [];
    for (let round = 0; round < rounds; round++) {
      answers = [];
      for (const call of calls) answers.push(await embedder.embed(call));
    }
    return new Response(new Blob(answers));
  },
} satisfies ExportedHandler<BenchEnv>;
