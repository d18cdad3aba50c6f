// `npm run check`: format and lint, types, import layers, unused code, licences, secrets, vulnerabilities. All of them run, each is named, any failure fails the whole.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');
const CHECKS = [
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '--colors=off'] },
  { name: 'types', command: ['tsc', '--project', '.', '--noEmit'] },
  {
    name: 'import layers',
    command: ['vitest', 'run', '--config', 'test/vitest.config.ts', 'test/architecture.test.ts'],
  },
  { name: 'unused code', command: ['knip', '--no-progress'] },
  { name: 'licences', command: ['node', 'scripts/checks/licences.ts'] },
  { name: 'secrets', command: ['node', 'scripts/checks/secrets.ts'] },
  { name: 'vulnerabilities', command: ['node', 'scripts/checks/audit.ts'] },
] as const;

/** Prints each result, and the output of those that fail, on stderr. */
export function runChecks(): { passed: number; failed: number } {
  const count = { passed: 0, failed: 0 };
  for (const { name, command } of CHECKS) {
    const [file, ...args] = command;
    const begun = performance.now();
    const done = spawnSync(path.join(ROOT, 'node_modules/.bin', file), args, { cwd: ROOT, encoding: 'utf8' });
    const ok = done.status === 0;
    count[ok ? 'passed' : 'failed'] += 1;
    if (!ok)
      process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error ? `${done.error.message}\n` : ''}`);
    const result = ok ? (/^skipped: .*/m.exec(done.stdout)?.[0] ?? 'ok') : 'FAILED';
    console.error(`check: ${name} ${result} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  }
  return count;
}

if (import.meta.main) process.exit(runChecks().failed === 0 ? 0 : 1);
