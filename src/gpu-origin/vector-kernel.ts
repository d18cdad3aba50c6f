import { readFile } from 'node:fs/promises';
import path from 'node:path';

const FILE = path.join(import.meta.dirname, '../../.build/vectors.wasm');

/** The compiled vector kernel (`npm run build` makes it). @throws Error where it is not built */
export async function loadVectorKernel(): Promise<WebAssembly.Module> {
  // the Worker's types know no compilation from bytes, because workerd refuses it
  const { compile } = WebAssembly as unknown as { compile(bytes: Uint8Array): Promise<WebAssembly.Module> };
  return compile(await readFile(FILE));
}
