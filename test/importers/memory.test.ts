import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { FORMATS } from '../../src/importers/registry.ts';

const SCRIPT = path.join(import.meta.dirname, 'stream-in-small-heap.ts');
/** What the modules, the look-ahead and the remembered keys need, and less than the file. */
const HEAP_MB = 64;

it.each(FORMATS)('a %s file of 50 MB streams through a heap of 64 MB', { timeout: 120_000 }, (format) => {
  const messages = execFileSync(process.execPath, [`--max-old-space-size=${HEAP_MB}`, SCRIPT, format, '50'], {
    encoding: 'utf8',
  });
  expect(Number(messages)).toBeGreaterThan(100_000);
});
