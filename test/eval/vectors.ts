import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Embedder } from '../../src/embedding/embedder.ts';

const BATCH = 16;

/**
 * The vector of each distinct text. With `cacheDir` they are kept there between runs, in one file named after the model
 * and the texts.
 */
export async function vectorsOf(
  texts: ReadonlySet<string>,
  embedder: Embedder,
  cacheDir?: string,
): Promise<ReadonlyMap<string, Float32Array>> {
  const all = [...texts];
  const name = createHash('sha256')
    .update(JSON.stringify([embedder.model, all]))
    .digest('hex')
    .slice(0, 16);
  const file = cacheDir === undefined ? undefined : path.join(cacheDir, `${name}.f32`);
  const flat = file !== undefined && existsSync(file) ? readVectors(file) : await embedAll(all, embedder);
  if (file !== undefined && !existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, new Uint8Array(flat.buffer));
  }
  const width = embedder.dimensions;
  return new Map(all.map((text, i) => [text, flat.subarray(i * width, (i + 1) * width)]));
}

async function embedAll(texts: readonly string[], embedder: Embedder): Promise<Float32Array> {
  const flat = new Float32Array(texts.length * embedder.dimensions);
  for (let i = 0; i < texts.length; i += BATCH) {
    flat.set(await embedder.embed(texts.slice(i, i + BATCH)), i * embedder.dimensions);
  }
  return flat;
}

function readVectors(file: string): Float32Array {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
