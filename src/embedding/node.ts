import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Embedder } from './embedder.ts';
import { createOnnxEmbedder } from './onnx.ts';
import type { Vocabulary } from './tokenizer.ts';

// the Worker types, which rule in this repository, know modules only from imports
const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;

const BUILD = join(import.meta.dirname, '../../.build');

/**
 * The embedded model in a Node process, with the same vectors as in the Worker: for evaluation, benchmarks and tests.
 * @param buildDir where `scripts/build-model.ts` wrote
 * @throws Error when the model has not been built
 */
export async function loadNodeEmbedder(buildDir: string = BUILD): Promise<Embedder> {
  if (!existsSync(`${buildDir}/ort.wasm`)) throw new Error('The model is not built: run node scripts/build-model.ts.');
  const [wasm, model, vocabulary] = await Promise.all([
    readFile(`${buildDir}/ort.wasm`),
    readFile(`${buildDir}/assets/model/use-lite-int8.onnx`),
    readFile(`${buildDir}/assets/model/vocab.json`, 'utf8'),
  ]);
  return createOnnxEmbedder({
    wasm: new Module(wasm),
    model,
    vocabulary: JSON.parse(vocabulary) as Vocabulary,
  });
}
