import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Embedder } from '../../../src/embedding/embedder.ts';
import { type QuantizedVector, quantize } from '../../../src/spatial/quantize.ts';

const FOLDER = path.join(import.meta.dirname, '../../../.build/eval-vectors');
const KEY_BYTES = 16;
const BATCH = 256;
const SAVE_EVERY = 20_000;

/**
 * Vectors of texts as the product stores them (int8), kept in `.build` from run to run: embedding tens of thousands of
 * sentences takes minutes. The file holds vectors and hashes, no text.
 *
 * @returns dequantised, one a text
 */
export async function storedVectors(
  texts: readonly string[],
  embedder: Embedder,
): Promise<(text: string) => Float32Array> {
  const file = path.join(FOLDER, `${embedder.model.replaceAll('/', '_')}.bin`);
  const known = read(file, embedder.dimensions);
  const missing = [...new Set(texts)].filter((text) => !known.has(keyOf(text)));
  // like lengths together, so that a batch takes as long as its texts need
  missing.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  for (let from = 0; from < missing.length; from += BATCH) {
    const batch = missing.slice(from, from + BATCH);
    const rows = await embedder.embed(batch);
    for (const [i, text] of batch.entries()) {
      known.set(keyOf(text), quantize(rows.slice(i * embedder.dimensions, (i + 1) * embedder.dimensions)));
    }
    if (from % SAVE_EVERY < BATCH && from > 0) {
      console.error(`embedded ${from} of ${missing.length} new texts`);
      write(file, known);
    }
  }
  if (missing.length > 0) write(file, known);
  return (text) => {
    const { bytes, scale } = known.get(keyOf(text))!;
    return Float32Array.from(bytes, (value) => value * scale);
  };
}

const keyOf = (text: string): string => createHash('sha256').update(text).digest('base64').slice(0, KEY_BYTES);

function read(file: string, dimensions: number): Map<string, QuantizedVector> {
  const known = new Map<string, QuantizedVector>();
  if (!existsSync(file)) return known;
  const bytes = readFileSync(file);
  const record = KEY_BYTES + 4 + dimensions;
  for (let at = 0; at + record <= bytes.length; at += record) {
    const from = at + KEY_BYTES + 4;
    known.set(bytes.toString('latin1', at, at + KEY_BYTES), {
      scale: bytes.readFloatLE(at + KEY_BYTES),
      bytes: new Int8Array(bytes.subarray(from, from + dimensions)),
    });
  }
  return known;
}

function write(file: string, known: ReadonlyMap<string, QuantizedVector>): void {
  mkdirSync(FOLDER, { recursive: true });
  const parts: Uint8Array[] = [];
  for (const [key, { bytes, scale }] of known) {
    const head = Buffer.alloc(KEY_BYTES + 4);
    head.write(key, 'latin1');
    head.writeFloatLE(scale, KEY_BYTES);
    parts.push(head, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  }
  writeFileSync(file, Buffer.concat(parts));
}
