// `npm test [-- VITEST ARGS]`: the checks, then all tests. The last line of stdout is "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { runChecks } from './check.ts';

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}

const ROOT = path.join(import.meta.dirname, '..');
const REPORT = path.join(ROOT, '.build/test-report.json');

const checks = runChecks();
const tests = runVitest(process.argv.slice(2));
const [passed, failed] = [checks.passed + tests.passed, checks.failed + tests.failed];
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function runVitest(args: readonly string[]): { passed: number; failed: number } {
  mkdirSync(path.dirname(REPORT), { recursive: true });
  rmSync(REPORT, { force: true });
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  const done = spawnSync(
    process.execPath,
    [vitest, 'run', '--config', 'test/vitest.config.ts', ...reporters, ...args],
    {
      cwd: ROOT,
      stdio: 'inherit',
    },
  );
  const { passed, failed } = readReport();
  // an error outside of any test (an unhandled rejection, a broken setup) fails the run too
  return { passed, failed: done.status === 0 ? failed : Math.max(1, failed) };
}

function readReport(): { passed: number; failed: number } {
  try {
    const report = JSON.parse(readFileSync(REPORT, 'utf8')) as Report;
    const unread = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
    return { passed: report.numPassedTests, failed: report.numFailedTests + unread.length };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
