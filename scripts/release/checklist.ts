import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SECRETS } from './secrets.ts';

const ROOT = path.join(import.meta.dirname, '../..');

interface Item {
  what: string;
  /** run as it stands, in the repository */
  command: string;
  /** `here`: in minutes and without an account; `account`: with Cloudflare's token; `deployed`: against --url; `hand`: it is long or it changes something */
  needs: 'here' | 'account' | 'deployed' | 'hand';
}

interface ChecklistParts {
  env: 'staging' | 'production';
  url: string | null;
  say(line: string): void;
}

const itemsOf = (env: string, url: string): Item[] => [
  { what: 'types, layers, format, unused code', command: 'npm run check', needs: 'here' },
  {
    what: 'no known holes, licences and secrets in order',
    command: 'node scripts/bootstrap.mjs test checks',
    needs: 'hand',
  },
  {
    what: 'the Worker builds for this environment',
    command: `npx wrangler deploy --dry-run --env ${env} --outdir .build/release-${env}`,
    needs: 'here',
  },
  {
    what: 'alert rules are valid and fire as they should',
    command: 'npx vitest run --config test/vitest.config.ts --project node test/ops',
    needs: 'here',
  },
  {
    what: 'the roll-out goes back by itself',
    command: 'npx vitest run --config test/vitest.config.ts --project node test/scripts/release.test.ts',
    needs: 'here',
  },
  { what: 'all tests', command: 'npm test', needs: 'hand' },
  { what: 'a rollback under load loses nothing', command: 'npm run release -- rehearse', needs: 'hand' },
  { what: 'the schema of Postgres goes back', command: 'npm run drill -- rollback', needs: 'hand' },
  { what: 'kills, outages and lost stores lose nothing', command: 'npm run drill -- chaos', needs: 'hand' },
  { what: 'it bears the load', command: 'npm run load -- http-1000', needs: 'hand' },
  { what: 'what it will cost', command: 'npm run cost -- --users 1000 --messages-per-day 50', needs: 'here' },
  { what: 'the account is the right one', command: 'npx wrangler whoami', needs: 'account' },
  { what: 'the secrets are set', command: `npx wrangler secret list --env ${env}`, needs: 'account' },
  ...['sync', 'bulk'].map((queue): Item => {
    const name = `palimpsest-${env}-${queue}`;
    return { what: `the queue ${name} is there`, command: `npx wrangler queues info ${name}`, needs: 'account' };
  }),
  { what: 'Postgres has the schema', command: 'npm run migrate', needs: 'hand' },
  { what: 'somebody may ask', command: 'npm run --silent keys -- new TENANT "first key"', needs: 'hand' },
  { what: 'it answers, with all of its parts', command: `curl -fsS ${url}/health/ready`, needs: 'deployed' },
  {
    what: 'its metrics can be read',
    command: `curl -fsS -H "Authorization: Bearer $METRICS_TOKEN" ${url}/metrics -o /dev/null`,
    needs: 'deployed',
  },
  { what: 'nothing is wrong with it', command: `npm run --silent cli -- doctor --url ${url}`, needs: 'deployed' },
];

/**
 * Goes through what must hold before people are let in. Runs what can be run here and prints the rest as commands.
 * @returns false if something that was run failed
 */
export async function checklist({ env, url, say }: ChecklistParts): Promise<boolean> {
  const hasAccount = (process.env.CLOUDFLARE_API_TOKEN ?? '') !== '';
  const can = { here: true, account: hasAccount, deployed: url !== null, hand: false };
  const failed: string[] = [];
  const open: Item[] = [];
  const placeholder = isPlaceholder(env);
  say(`${placeholder ? 'FAILED' : 'ok    '}  the KV namespace of ${env} has its real id in wrangler.toml`);
  if (placeholder) failed.push('KV id');
  for (const item of itemsOf(env, url ?? 'https://YOUR-WORKER')) {
    if (!can[item.needs]) {
      open.push(item);
      continue;
    }
    const begun = performance.now();
    const isGood = await passes(item.command);
    if (!isGood) failed.push(item.what);
    say(
      `${isGood ? 'ok    ' : 'FAILED'}  ${item.what} (${((performance.now() - begun) / 1000).toFixed(0)} s): ${item.command}`,
    );
  }
  say(`\nBy hand, or with ${hasAccount ? '' : 'CLOUDFLARE_API_TOKEN and '}--url:`);
  for (const { what, command } of open) say(`[ ]     ${what}: ${command}`);
  say(`\nSecrets, each with "npx wrangler secret put NAME --env ${env}":`);
  for (const [name, { what, only }] of Object.entries(SECRETS)) {
    say(`        ${name}: ${what}${only === null ? '' : ` (only where ${only})`}`);
  }
  return failed.length === 0;
}

const isPlaceholder = (env: string): boolean =>
  readFileSync(path.join(ROOT, 'wrangler.toml'), 'utf8').includes(`id-of-the-${env}-namespace`);

const passes = (command: string): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(command, { shell: true, cwd: ROOT, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
