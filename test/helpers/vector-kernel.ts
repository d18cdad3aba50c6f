import { readFileSync } from 'node:fs';
import path from 'node:path';

const FILE = path.join(import.meta.dirname, '../../.build/vectors.wasm');

/** The compiled vector kernel in a Node process. In the Worker it is an import. @throws Error if it is not built */
export function loadVectorKernel(): WebAssembly.Module {
  // the Worker's types know no compilation from bytes, because workerd refuses it
  const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;
  return new Module(readFileSync(FILE));
}
