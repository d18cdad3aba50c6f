import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Health } from '../../scripts/release/gates.ts';
import { canary, promote, type RolloutParts } from '../../scripts/release/rollout.ts';
import { SECRETS } from '../../scripts/release/secrets.ts';
import { runWrangler, Wrangler } from '../../scripts/release/wrangler.ts';
import type { Report } from '../bench/report.ts';
import { startFakeCloudflare } from '../helpers/fake-cloudflare.ts';
import { rollback } from './rollback.ts';

const ENV = 'staging';
/** A rollback is allowed this long, in ms. */
const MOST_MS = 300_000;
/** Share at which the version of the rehearsal begins to fail, in percent. */
const FAILS_AT = 25;

/**
 * `npm run release -- rehearse [--from REF | --tree FOLDER]`, in two parts: the real wrangler takes a version that fails at a quarter of
 * the traffic to a server that speaks Cloudflare's API, and it must go back by itself; then the release before this one and
 * this one take turns on one state under load (`drill -- rollback`), and nothing may be lost.
 *
 * @param older which release is the older one, as `drill -- rollback` takes it; empty: the last one with fewer migrations
 * @returns whether all went as it must
 */
export async function rehearse(older: readonly string[], say: (line: string) => void): Promise<boolean> {
  const report: Report = (metric) => say(JSON.stringify({ suite: 'release/rehearse', ...metric }));
  const wrong = [...(await overTheApi(say, report)), ...(await rollback(older, report))];
  for (const line of wrong) console.error(`rehearse: ${line}`);
  console.error(`rehearse: ${wrong.length === 0 ? 'ok' : 'FAILED'}`);
  return wrong.length === 0;
}

async function overTheApi(say: (line: string) => void, report: Report): Promise<string[]> {
  const required = Object.keys(SECRETS).filter((name) => SECRETS[name]!.only === null);
  const fake = await startFakeCloudflare(`palimpsest-${ENV}`, required);
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-release-'));
  try {
    const run = runWrangler({
      CLOUDFLARE_API_BASE_URL: fake.url,
      CLOUDFLARE_API_TOKEN: 'rehearsal',
      CLOUDFLARE_ACCOUNT_ID: 'account',
      XDG_CONFIG_HOME: folder,
    });
    const wrangler = new Wrangler({ env: ENV, isDryRun: false, say, run });
    const parts: RolloutParts = {
      ...{ wrangler, say, isDryRun: false, holdSeconds: 30 },
      health: trafficOf(() => fake.deployments[0]!.versions),
      smoke: async () => null,
      sleep: async () => {},
    };
    const stable = fake.versions[0]!.id;
    let begun = performance.now();
    const isOut = await canary(parts, 'rehearsal');
    report({ metric: 'api/canary', value: performance.now() - begun, unit: 'ms', n: 1 });
    begun = performance.now();
    const isPromoted = await promote(parts);
    report({ metric: 'api/step-and-back', value: performance.now() - begun, unit: 'ms', n: 1, baseline: MOST_MS });
    const served = fake.deployments[0]!.versions;
    const wrong: string[] = [];
    if (!isOut || isPromoted) wrong.push('a version that fails at a quarter of the traffic was not found out there');
    if (served.length !== 1 || served[0]!.version_id !== stable)
      wrong.push('the version from before does not have all of the traffic');
    return wrong.concat(fake.unheard.map((request) => `the stand-in of Cloudflare does not know ${request}`));
  } finally {
    await fake.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Metrics of a deployment whose newer version fails in a third of its requests from a share on. */
function trafficOf(split: () => readonly { percentage: number }[]): () => Promise<Health> {
  const health = { requests: 10_000, errors: 5 };
  return async () => {
    const versions = split();
    const share = versions.length === 2 ? Math.min(...versions.map(({ percentage }) => percentage)) : 0;
    health.requests += 2_000;
    if (share >= FAILS_AT) health.errors += (2_000 * share) / 100 / 3;
    return { ...health, upTo: new Map([[0.1, health.requests]]), outboxSeconds: 0 };
  };
}
