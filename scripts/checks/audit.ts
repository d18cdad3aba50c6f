// `npm audit` of what the service runs with. Where the registry cannot be asked it is skipped, and says so.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const TIMEOUT_MS = 8_000;

const underNpm = process.env.npm_execpath?.endsWith('npm-cli.js');
const [file, ...first] = underNpm ? [process.execPath, process.env.npm_execpath!] : ['npm'];
const args = ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=5000'];
const done = spawnSync(file!, [...first, ...args], { cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS });

const found = vulnerabilities(done.stdout ?? '');
if (found === null) {
  console.log('skipped: the registry does not answer audits');
} else if (found.high + found.critical > 0) {
  console.error(`npm audit: ${found.critical} critical, ${found.high} high; see "npm audit --omit=dev"`);
  process.exit(1);
}

/** Counts by severity; null where the answer is none. */
function vulnerabilities(text: string): { high: number; critical: number } | null {
  try {
    return JSON.parse(text).metadata?.vulnerabilities ?? null;
  } catch {
    return null;
  }
}
