import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

interface LockedPackage {
  version?: string;
  optionalDependencies?: Record<string, string>;
}

const text = readFileSync(path.join(import.meta.dirname, '../../package-lock.json'), 'utf8');
const packages = (JSON.parse(text) as { packages: Record<string, LockedPackage> }).packages;

/** Whether the lock has `name` where Node would look for it from the package at `where`. */
function isLocked(where: string, name: string): boolean {
  const parent = where.lastIndexOf('/node_modules/');
  if (`${where}/node_modules/${name}` in packages || `node_modules/${name}` in packages) return true;
  return parent > 0 && isLocked(where.slice(0, parent), name);
}

it('locks the binaries of every platform: without them "npm ci" refuses the lock', () => {
  const missing = Object.entries(packages).flatMap(([where, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(where, name))
      .map((name) => `${where}: ${name}`),
  );
  expect(missing).toEqual([]);
});

it('names no registry', () => {
  expect(text).not.toContain('"resolved": "http');
});
