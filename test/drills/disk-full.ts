import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { UserError } from '../../scripts/user-error.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from '../bench/report.ts';
import { drained } from './equal.ts';
import { Load, verdict } from './load.ts';
import { onStage, type Stage } from './stage.ts';

const USERS = ['kim', 'lou', 'max'];
const SENDERS = 3;
const PAUSE_MS = 250;
const WARM_UP_MS = 8_000;
const DISK_MB = 400;

/**
 * `npm run drill -- disk-full [--seconds N]`: the disk that holds everything, a small one of its own, is filled up while
 * messages arrive, and emptied again. What cannot be stored is refused with 503; what was acknowledged is there
 * afterwards. A Postgres that gave up is started again, as a service manager would.
 *
 * @returns what went wrong, a line each
 * @throws UserError where this user may mount no disk
 */
export async function diskFull(args: readonly string[], report: Report): Promise<string[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string', default: '20261122' } },
  });
  const disk = mkdtempSync(path.join(tmpdir(), 'palimpsest-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', disk], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    rmSync(disk, { recursive: true, force: true });
    const why = mounted.error?.message ?? mounted.stderr.trim();
    throw new UserError(`this drill needs a disk of its own, and mounting one takes root on Linux (${why}).`);
  }
  try {
    const stateDir = path.join(disk, 'state');
    const ms = Number(values.seconds) * 1_000;
    return await onStage({ stateDir }, (stage) => play(stage, disk, ms, seeded(Number(values.seed)), report));
  } finally {
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  }
}

async function play({ server, client }: Stage, disk: string, ms: number, random: () => number, report: Report) {
  let gaveUp: string | null = null;
  void server.failed.then((what) => {
    gaveUp = what;
  });
  const load = new Load({ client, users: USERS, senders: SENDERS, mostBatch: 8, pauseMs: PAUSE_MS, random });
  const wrong: string[] = [];
  await sleep(WARM_UP_MS);
  const ballast = path.join(disk, 'ballast');
  const begun = performance.now();
  for (let looks = 0; performance.now() - begun < ms; looks++) {
    fill(ballast, disk); // again and again: what is freed meanwhile is taken, too
    await sleep(500);
    if (looks % 6 === 5) {
      const answer = await client
        .send('GET', `/users/${USERS[looks % USERS.length]}/messages?limit=1`)
        .catch(() => null);
      if (answer && answer.status >= 500 && answer.status !== 503) wrong.push(`a read answered ${answer.status}`);
    }
  }
  const { refused } = load.report('full', begun, report);
  if (refused === 0) wrong.push('nothing was refused: the disk was never full');
  rmSync(ballast);
  const freed = performance.now();
  report({ metric: 'gave-up', value: gaveUp === null ? 0 : 1, unit: 'parts', n: 1 });
  if (gaveUp !== null) {
    console.error(`disk-full: ${gaveUp}`);
    await server.postgres.start();
  }
  await sleep(WARM_UP_MS);
  await load.stop();
  load.report('freed', freed, report);
  await drained(client, USERS);
  report({ metric: 'drain', value: performance.now() - freed, unit: 'ms', n: load.sent });
  return [...new Set([...load.wrong, ...wrong, ...(await verdict(client, load, report))])];
}

/** Takes all that is free, to the last page. */
function fill(file: string, disk: string): void {
  const handle = openSync(file, 'a');
  try {
    for (const bytes of [2 ** 20, 2 ** 12]) {
      const block = Buffer.alloc(bytes);
      while (statfsSync(disk).bfree * statfsSync(disk).bsize >= bytes) writeSync(handle, block);
    }
  } catch {
    // full
  } finally {
    closeSync(handle);
  }
}
