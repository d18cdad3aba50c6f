// `npm run release -- plan | canary | promote | rollback | checklist | rehearse`: takes a version of the Worker to
// Cloudflare step by step, and back. `--dry-run` prints each command of wrangler and runs none that changes anything.
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { rehearse } from '../test/drills/release-rehearsal.ts';
import { checklist } from './release/checklist.ts';
import { metricsAt, smokeAt } from './release/deployment.ts';
import { plan } from './release/plan.ts';
import { canary, promote, type RolloutParts, rollback } from './release/rollout.ts';
import { runWrangler, Wrangler } from './release/wrangler.ts';
import { runCommand, UserError } from './user-error.ts';

const USAGE = `npm run release -- plan | canary | promote | rollback | checklist [--env staging | production] [--url https://…]
                  [--hold SECONDS] [--version ID] [--dry-run]
npm run release -- rehearse [--from GIT-REF | --tree FOLDER]
The token of Cloudflare is read from CLOUDFLARE_API_TOKEN, what /metrics asks for from METRICS_TOKEN.`;
const OPTIONS = {
  env: { type: 'string', default: 'staging' },
  url: { type: 'string' },
  hold: { type: 'string', default: '300' },
  version: { type: 'string' },
  from: { type: 'string' },
  tree: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
} as const;

const say = (line: string) => console.log(line);
const fail = (detail: string): never => {
  throw new UserError(`${detail}\n${USAGE}`);
};

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    if (positionals.length !== 1) return fail('one command is needed.');
    if (values.env !== 'staging' && values.env !== 'production') return fail('--env is staging or production.');
    if (!(Number(values.hold) > 0)) return fail('--hold is a number of seconds.');
    return { command: positionals[0]!, ...values, env: values.env as 'staging' | 'production' };
  } catch (error) {
    if (error instanceof UserError) throw error;
    return fail(error instanceof Error ? error.message : String(error));
  }
}

await runCommand(async () => {
  const { command, env, url, hold, version, from, tree, 'dry-run': isDryRun } = readArguments();
  const wrangler = new Wrangler({ env, isDryRun, say, run: runWrangler() });
  const base = () => url ?? fail('--url says where the deployment answers: its metrics decide.');
  const parts: RolloutParts = {
    ...{ wrangler, sleep: (ms) => sleep(ms), say, isDryRun, holdSeconds: Number(hold) },
    health: () => metricsAt(base(), process.env.METRICS_TOKEN ?? ''),
    smoke: (id) => smokeAt(base(), `palimpsest-${env}`, id),
  };
  switch (command) {
    case 'plan':
      return plan({ wrangler, env, say });
    case 'canary':
      if (!isDryRun) base();
      return end(await canary(parts, tagOfTree()));
    case 'promote':
      if (!isDryRun) base();
      return end(await promote(parts));
    case 'rollback':
      return rollback(parts, version);
    case 'checklist':
      return end(await checklist({ env, url: url ?? null, say }));
    case 'rehearse':
      return end(await rehearse(tree ? ['--tree', tree] : from ? ['--from', from] : [], say));
    default:
      fail(`there is no command ${command}.`);
  }
});

function end(isGood: boolean): void {
  if (!isGood) process.exitCode = 1;
}

/** Names the version in Cloudflare's list: the commit, and the minute, since a tree may be released again. */
function tagOfTree(): string {
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' });
  return `${stdout.trim() || 'tree'}-${new Date().toISOString().slice(0, 16).replaceAll(/\D/g, '')}`;
}
