// Looks for secrets in every file that git has, or would take. What it finds it names, and never prints.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
/** Longer files are data. */
const MAX_BYTES = 2_000_000;

const PATTERNS: readonly [kind: string, pattern: RegExp][] = [
  ['API key of Palimpsest', /\bpal_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}\b/],
  ['ticket of Palimpsest', /\bpalt_[A-Za-z0-9-]+\.[\w-]{40,}\.[\w-]{43}/],
  ['private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/]/],
  ['AWS key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['GitHub token', /\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{60,})/],
  ['Slack token', /\bxox[abprs]-[0-9A-Za-z-]{20,}/],
  ['Google key', /\bAIza[0-9A-Za-z_-]{35}\b/],
  ['Anthropic or OpenAI key', /\bsk-(?:ant-|proj-)?[0-9A-Za-z_-]{32,}/],
  ['Stripe key', /\b[rs]k_live_[0-9A-Za-z]{20,}/],
  ['npm token', /\bnpm_[0-9A-Za-z]{36}\b/],
  ['JSON web token', /\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}/],
  ['password in a URL', /\b(?:postgres(?:ql)?|mysql|redis|https?):\/\/[\w.-]+:(?!\$\{)[^\s:@/'"`$<>{}]{8,}@/],
  // a name that promises a secret, and a value that looks random
  [
    'assigned secret',
    /(?:secret|token|passw(?:or)?d|api_?key)\w*['"]?\s*[:=]\s*['"](?=[^'"]*\d)(?=[^'"]*[a-z])[\w+/=-]{24,}['"]/i,
  ],
];

/** @returns the kind and line (from 1) of each secret in a text */
export function secretsIn(text: string): { kind: string; line: number }[] {
  return PATTERNS.flatMap(([kind, pattern]) =>
    [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))].map(({ index }) => ({
      kind,
      line: text.slice(0, index).split('\n').length,
    })),
  );
}

function textOf(file: string): string {
  const { size } = statSync(file);
  if (size > MAX_BYTES) return '';
  const bytes = readFileSync(file);
  return bytes.includes(0) ? '' : bytes.toString(); // a file with NUL is no text
}

if (import.meta.main) {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  if (listed.status !== 0) {
    console.log('skipped: this is no git checkout');
    process.exit(0);
  }
  const faults = listed.stdout
    .split('\0')
    .filter((name) => name !== '' && statSync(path.join(ROOT, name), { throwIfNoEntry: false })?.isFile())
    .flatMap((name) => secretsIn(textOf(path.join(ROOT, name))).map(({ kind, line }) => `${name}:${line}: ${kind}`));
  for (const fault of faults) console.error(`looks like a secret: ${fault}`);
  process.exit(faults.length === 0 ? 0 : 1);
}
