import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const FEATURE = 3;
const OBJECT = 4;
const CLIENT = 7;
/** First match wins. A file may import from its own layer or a lower one. */
const LAYERS: [rank: number, pattern: RegExp][] = [
  [0, /^src\/shared\//],
  [
    1,
    /\/contract\.ts$|^src\/tasks\/messages\.ts$|^src\/metrics\/catalogue\.ts$|^src\/(spatial|text|statistics|dialogue)\//,
  ],
  [6, /^src\/(index|app)\.ts$/],
  [5, /[/-]routes\.ts$|\/(consumer|handlers)\.ts$/],
  [CLIENT, /^src\/(sdk|dashboard|cli|gpu-origin|mcp)\//],
  [OBJECT, /^durable-objects\//],
  [
    2,
    /^src\/(env\.ts|http|auth|flags|embedding|llm|cache|persistence|metrics|gpu|tasks)|^drizzle\/|^src\/messages\/natural-key\.ts$/,
  ],
  [FEATURE, /^src\/(messages|mirror|palace|context|archaeology|importers|live|person)\//],
];
/** Third parties have one door each: the package and the files that may name it. */
const DOORS: [name: RegExp, door: RegExp][] = [
  [/^hono(\/|$)/, /^src\/(app\.ts|http\/|auth\/)|[/-]routes\.ts$/],
  [/^@hono\/zod-openapi$/, /^src\/http\/|[/-]routes\.ts$|\/contract\.ts$/],
  [/^drizzle-orm|^@neondatabase\//, /^(drizzle|src\/persistence)\//],
  [/^@gltf-transform\//, /^src\/palace\/export\/glb-frame\.ts$/],
  [/^onnxruntime-web/, /^src\/embedding\/onnx\.ts$/],
  [/^cloudflare:workers$/, /^(durable-objects\/|src\/index\.ts$)/],
];

const rankOf = (file: string) => LAYERS.find(([, pattern]) => pattern.test(file))?.[0];
const folderOf = (file: string) => file.split('/').slice(0, 2).join('/');

function allowed(file: string, target: string): boolean {
  const [from, to] = [rankOf(file)!, rankOf(target)];
  if (target.startsWith('.build/')) return from === OBJECT || file === 'src/embedding/node.ts';
  if (to === undefined) return false;
  if (to === OBJECT && from !== OBJECT) return file === 'src/index.ts';
  // importers run where the file is: in the client
  if (from === CLIENT) return to <= 2 || folderOf(target) === folderOf(file) || /^src\/(sdk|importers)\//.test(target);
  if (from === FEATURE && to === FEATURE) return folderOf(file) === folderOf(target);
  return to <= from;
}

const sources = ['src', 'durable-objects'].flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.endsWith('.as.ts'))
    .map((name) => join(root, name)),
);
const importsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^'";]*?from ['"]([^'"]+)|^import ['"]([^'"]+)/gm)].map(
    (match) => (match[1] ?? match[2])!,
  );

it('every source file stands in a layer', () => {
  expect(sources.filter((file) => rankOf(file) === undefined)).toEqual([]);
});

it('imports point down the layers, and no feature imports another', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    for (const path of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = normalize(join(dirname(file), path));
      if (!allowed(file, target)) wrong.push(`${file} → ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});

it('each third party is named only at its door', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    for (const path of importsOf(file)) {
      const door = DOORS.find(([name]) => name.test(path))?.[1];
      if (door && !door.test(file)) wrong.push(`${file} → ${path}`);
    }
  }
  expect(wrong).toEqual([]);
});

it('no file passes 400 lines', () => {
  const long = sources.filter((file) => readFileSync(file, 'utf8').split('\n').length > 400);
  expect(long).toEqual([]);
});
