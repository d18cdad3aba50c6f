import { UserError } from '../user-error.ts';
import { errorRatioOf, type Health, type Judgement, judge, LIMITS } from './gates.ts';
import type { Deployment, Wrangler } from './wrangler.ts';

/** What a roll-out needs. The command gives wrangler, the network and time; a test gives what it likes. */
export interface RolloutParts {
  wrangler: Pick<Wrangler, 'status' | 'deployments' | 'versions' | 'upload' | 'deploy' | 'rollback'>;
  /** what the deployment says of itself now. @throws Error when it does not answer */
  health(): Promise<Health>;
  /** asks one version alone whether it is ready, whatever its share. @returns why not, or null */
  smoke(version: string): Promise<string | null>;
  sleep(ms: number): Promise<void>;
  say(line: string): void;
  isDryRun: boolean;
  /** seconds that each step is watched for */
  holdSeconds: number;
}

/** Shares of the traffic, in percent, one after the other. */
const FIRST_STEP = 5;
const FURTHER_STEPS = [25, 50] as const;
const LOOK_EVERY_MS = 10_000;
/** Times in a row that the metrics may not be read before that is a reason to go back. */
const MOST_SILENCES = 3;
const SILENT = 'its metrics cannot be read';
const PLACEHOLDER = { stable: 'STABLE-VERSION', candidate: 'NEW-VERSION' };

/**
 * Uploads the working tree and gives it its first share of the traffic.
 * @returns whether it may be promoted; if not, everything is as it was
 * @throws UserError while another roll-out is under way
 */
export async function canary(parts: RolloutParts, tag: string): Promise<boolean> {
  const { wrangler, say, isDryRun } = parts;
  const stable = isDryRun ? PLACEHOLDER.stable : onlyVersion(await wrangler.status());
  await wrangler.upload(tag, `release ${tag}`);
  const candidate = isDryRun ? PLACEHOLDER.candidate : await uploaded(parts, tag);
  const usual = isDryRun ? 0 : errorRatioOf(await parts.health());
  await split(parts, { stable, candidate }, FIRST_STEP);
  if (isDryRun) return true;
  const fault = await parts.smoke(candidate);
  if (fault !== null) return back(parts, stable, [fault]);
  const isGood = await watch(parts, { stable, candidate }, FIRST_STEP, usual);
  if (isGood) say(`version ${candidate} has ${FIRST_STEP} % of the traffic; go on with "release -- promote"`);
  return isGood;
}

/**
 * Takes the version that is being rolled out to all of the traffic, step by step.
 * @returns false if a step failed: then everything is as it was before the roll-out
 * @throws UserError if nothing is being rolled out
 */
export async function promote(parts: RolloutParts): Promise<boolean> {
  const { wrangler, isDryRun, say } = parts;
  const pair = isDryRun ? PLACEHOLDER : await rolling(parts);
  const usual = isDryRun ? 0 : errorRatioOf(await parts.health());
  for (const step of FURTHER_STEPS) {
    await split(parts, pair, step);
    if (!isDryRun && !(await watch(parts, pair, step, usual))) return false;
  }
  await wrangler.deploy([[pair.candidate, 100]], 'all of the traffic');
  if (!isDryRun && !(await watch(parts, pair, 100, usual))) return false;
  if (!isDryRun) say(`version ${pair.candidate} has all of the traffic`);
  return true;
}

/** Gives all of the traffic to the version from before: of a roll-out the stable one, else that of the deployment before. */
export async function rollback(parts: RolloutParts, to?: string): Promise<void> {
  const { wrangler, isDryRun } = parts;
  const target = to ?? (isDryRun ? PLACEHOLDER.stable : await before(parts));
  await wrangler.rollback(target, 'rolled back');
  if (!isDryRun) parts.say(`version ${target} has all of the traffic`);
}

interface Pair {
  stable: string;
  candidate: string;
}

function onlyVersion({ versions }: Deployment): string {
  if (versions.length === 1) return versions[0]!.version_id;
  throw new UserError('a roll-out is under way: "release -- promote" or "release -- rollback" ends it.');
}

async function uploaded({ wrangler }: RolloutParts, tag: string): Promise<string> {
  const found = (await wrangler.versions()).find(({ annotations }) => annotations?.['workers/tag'] === tag);
  if (!found) throw new UserError(`wrangler uploaded a version, but lists none with the tag ${tag}.`);
  return found.id;
}

/** The two versions of a roll-out: the one uploaded later is the candidate. */
async function rolling({ wrangler }: RolloutParts): Promise<Pair> {
  const { versions } = await wrangler.status();
  if (versions.length !== 2) throw new UserError('nothing is being rolled out: begin with "release -- canary".');
  const numbers = new Map((await wrangler.versions()).map(({ id, number }) => [id, number]));
  const [older, newer] = versions
    .map(({ version_id }) => version_id)
    .sort((a, b) => (numbers.get(a) ?? 0) - (numbers.get(b) ?? 0));
  return { stable: older!, candidate: newer! };
}

async function before(parts: RolloutParts): Promise<string> {
  const { versions } = await parts.wrangler.status();
  if (versions.length === 2) return (await rolling(parts)).stable;
  const present = versions[0]!.version_id;
  const earlier = (await parts.wrangler.deployments()).find(
    (deployment) => deployment.versions.length === 1 && deployment.versions[0]!.version_id !== present,
  );
  if (!earlier) throw new UserError('there is no earlier version to go back to; name one with --version.');
  return earlier.versions[0]!.version_id;
}

const split = ({ wrangler }: RolloutParts, { stable, candidate }: Pair, share: number): Promise<void> =>
  wrangler.deploy(
    [
      [stable, 100 - share],
      [candidate, share],
    ],
    `${share} % of the traffic`,
  );

/** Looks at a step for as long as it is held. @returns whether it stood; if not, the old version has everything again */
async function watch(parts: RolloutParts, { stable }: Pair, share: number, usual: number): Promise<boolean> {
  const start = await parts.health().catch(() => null);
  let silences = 0;
  let last: Judgement | null = null;
  for (let waited = 0; waited < 1_000 * parts.holdSeconds; waited += LOOK_EVERY_MS) {
    await parts.sleep(Math.min(LOOK_EVERY_MS, 1_000 * parts.holdSeconds));
    const now = await parts.health().catch(() => null);
    silences = now && start ? 0 : silences + 1;
    if (silences >= MOST_SILENCES || !start) return back(parts, stable, [SILENT]);
    if (!now) continue;
    last = judge(start, now, share / 100, usual);
    if (last.faults.length > 0) return back(parts, stable, last.faults);
  }
  // what was held too short for that many silences is not let pass unseen
  if (!last || silences > 0) return back(parts, stable, [SILENT]);
  parts.say(`${share} %: ${inWords(last)}`);
  return true;
}

async function back(parts: RolloutParts, stable: string, faults: readonly string[]): Promise<false> {
  for (const fault of faults) parts.say(`going back: ${fault}`);
  await parts.wrangler.rollback(stable, `rolled back: ${faults[0]}`.slice(0, 100));
  return false;
}

function inWords({ seen, errorRatio, p95Seconds }: Judgement): string {
  if (seen < LIMITS.requests) return `nothing against it, but only ${Math.round(seen)} requests: too few to judge`;
  const p95 = p95Seconds === null ? 'unknown' : `${p95Seconds.toFixed(3)} s`;
  return `about ${Math.round(seen)} requests, ${(100 * errorRatio).toFixed(2)} % failed, p95 of all ${p95}`;
}
