import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildModel } from '../../scripts/build-model.ts';
import { quantiseColumns, quantiseRows } from '../../scripts/model/quantise.ts';
import { unshareMemory } from '../../scripts/model/unshare-wasm.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'palimpsest-model-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const MODEL = 'assets/model/use-lite-int8.onnx';
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

it('builds the model of the published weights, byte for byte', () => {
  buildModel(folder);
  expect(sha256(join(folder, MODEL))).toMatch(/^6e87fc47/);
  expect(sha256(join(folder, 'ort.wasm'))).toMatch(/^c969e036/);
  expect(readFileSync(join(folder, 'assets/model/LICENSE'), 'utf8')).toContain('Apache License');
});

it('replaces a file that is damaged', () => {
  buildModel(folder);
  writeFileSync(join(folder, MODEL), 'half a file');
  buildModel(folder);
  expect(sha256(join(folder, MODEL))).toMatch(/^6e87fc47/);
});

it('quantises to within half a step of its row or column', () => {
  const matrix = Float32Array.of(1, -2, 0.5, 100, -50, 0);
  const rows = quantiseRows(matrix, 2, 3);
  const columns = quantiseColumns(matrix, 2, 3);
  for (const [i, value] of matrix.entries()) {
    const [row, column] = [Math.floor(i / 3), i % 3];
    expect(Math.abs(rows.values[i]! * rows.scales[row]! - value)).toBeLessThanOrEqual(rows.scales[row]! / 2 + 1e-5);
    const step = columns.scales[column]!;
    expect(Math.abs(columns.values[i]! * step - value)).toBeLessThanOrEqual(step / 2 + 1e-5);
  }
});

// header; import section: "e" "m" memory with flags 3 (maximum, shared), 1 to 2 pages
const importsShared = [0, 97, 115, 109, 1, 0, 0, 0, 2, 8, 1, 1, 101, 1, 109, 2, 3, 1, 2];

it('turns an imported shared memory into a plain one and changes nothing else', () => {
  const plain = unshareMemory(Uint8Array.from(importsShared));
  expect(Array.from(plain)).toEqual(importsShared.with(16, 1));
});

it('refuses a module that is not the one it knows', () => {
  expect(() => unshareMemory(Uint8Array.from(importsShared.with(16, 1)))).toThrow('flags 1');
  expect(() => unshareMemory(Uint8Array.from(importsShared.slice(0, 8)))).toThrow('no memory');
});
