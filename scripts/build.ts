import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { buildModel } from './build-model.ts';
import { runCommand, UserError } from './user-error.ts';

const ROOT = path.join(import.meta.dirname, '..');
const OUT = path.join(ROOT, '.build');
const STAMP = path.join(OUT, 'stamp');
const KERNEL = 'src/spatial/kernels/vectors.as.ts';
/** Their content decides what is built; the packages among the inputs are pinned by the lock. */
const INPUTS = ['package-lock.json', KERNEL, 'scripts/build.ts', 'scripts/build-model.ts', ...modelScripts()];
const OUTPUTS = [
  ...['assets/model/use-lite-int8.onnx', 'assets/model/vocab.json', 'ort.wasm', 'vectors.wasm'],
  ...[
    'assets/docs/index.html',
    'assets/docs/init.js',
    'assets/docs/swagger-ui.css',
    'assets/docs/swagger-ui-bundle.js',
  ],
];

/**
 * Builds into `.build/` what the Worker is served with: the embedding model and its runtime, the vector kernel, the docs
 * page. Does nothing when no input has changed since.
 *
 * @throws UserError when an input is missing or a step fails
 */
export function buildAssets(): void {
  const missing = INPUTS.find((file) => !existsSync(path.join(ROOT, file)));
  if (missing) throw new UserError(`${missing} is missing; restore it ("git checkout -- ${missing}").`);
  buildOperatorPage(path.join(OUT, 'assets/operator'));
  const wanted = stampOf(INPUTS);
  const complete = OUTPUTS.every((file) => existsSync(path.join(OUT, file)));
  if (complete && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  console.error('palimpsest: building the model, the kernels and the docs page …');
  mkdirSync(OUT, { recursive: true });
  rmSync(STAMP, { force: true });
  buildModel(OUT);
  buildKernel();
  buildDocs(path.join(OUT, 'assets/docs'));
  writeFileSync(STAMP, wanted);
}

function modelScripts(): string[] {
  return readdirSync(path.join(ROOT, 'scripts/model')).map((file) => `scripts/model/${file}`);
}

function stampOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(path.join(ROOT, file)));
  return hash.digest('hex');
}

/** AssemblyScript, because WebAssembly SIMD has no JavaScript face. */
function buildKernel(): void {
  const target = path.join(OUT, 'vectors.wasm');
  const partial = path.join(OUT, `vectors.${process.pid}.partial.wasm`);
  const compiler = path.join(ROOT, 'node_modules/assemblyscript/bin/asc.js');
  const flags = ['--outFile', path.relative(ROOT, partial), '-O3', '--runtime', 'stub', '--enable', 'simd'];
  const done = spawnSync(process.execPath, [compiler, KERNEL, ...flags], { cwd: ROOT, encoding: 'utf8' });
  if (done.status !== 0) throw new UserError(`${KERNEL} does not compile:\n${done.stderr || done.error?.message}`);
  renameSync(partial, target);
}

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Palimpsest API</title>
<link rel="stylesheet" href="swagger-ui.css">
<div id="docs"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="init.js"></script>
</html>
`;
/** A file of its own, so that the page's content security policy can refuse inline scripts. */
const DOCS_SCRIPT = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', validatorUrl: null });
`;

function buildDocs(dir: string): void {
  mkdirSync(dir, { recursive: true });
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    const source = path.join(ROOT, 'node_modules/swagger-ui-dist', file);
    if (!existsSync(source)) throw new UserError(`swagger-ui-dist lacks ${file}; run "npm ci".`);
    copyFileSync(source, path.join(dir, file));
  }
  writeFileSync(path.join(dir, 'index.html'), DOCS_PAGE);
  writeFileSync(path.join(dir, 'init.js'), DOCS_SCRIPT);
}

/** As JavaScript. Node warns that this is new, which is nothing to whoever starts the service. */
function untyped(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** A few small files, copied each time: what is typed loses its types, and nothing is bundled. */
function buildOperatorPage(dir: string): void {
  const from = path.join(ROOT, 'src/dashboard/operator');
  mkdirSync(dir, { recursive: true });
  for (const file of readdirSync(from)) {
    const text = readFileSync(path.join(from, file), 'utf8');
    const isTyped = file.endsWith('.ts');
    const built = isTyped ? untyped(text) : text;
    const target = path.join(dir, isTyped ? file.replace(/\.ts$/, '.js') : file);
    if (!existsSync(target) || readFileSync(target, 'utf8') !== built) writeFileSync(target, built);
  }
}

if (import.meta.main) await runCommand(async () => buildAssets());
