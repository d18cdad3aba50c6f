import { artillery } from '../artillery/run.ts';
import { statsOf } from '../process-stats.ts';
import type { Stage, Step } from '../stage.ts';

const USERS = 1_000;
const SECONDS = 60;
/** People come over this long. */
const ARRIVAL_SECONDS = 30;
const HTTP_LEVELS = [50, 100, 500, 1_000];
const HTTP_SECONDS = 15;

/**
 * The same scenarios driven by Artillery, as a second opinion. Its own CPU stands beside the figures: on a machine that
 * it shares with the server it takes from what it measures, so the figures that are held to a goal are of the lean driver.
 */
export const artilleryStep =
  (scenario: 'ws' | 'http'): Step =>
  async (stage: Stage) => {
    const users = stage.options.users ?? USERS;
    const isWs = scenario === 'ws';
    const levels = HTTP_LEVELS.map((level) => Math.ceil((level * users) / USERS));
    const phases = isWs
      ? [{ duration: ARRIVAL_SECONDS, arrivalCount: users }]
      : levels.map((arrivalCount) => ({ duration: HTTP_SECONDS, arrivalCount }));
    const before = statsOf(stage.product.workerd).cpuMs;
    const { url, key } = stage.product;
    const seconds = isWs ? SECONDS : HTTP_SECONDS;
    stage.note(`Artillery brings ${phases.map(({ arrivalCount }) => arrivalCount).join(', then ')} people`);
    const { counters, summaries, cpuMs } = await artillery({ scenario, url, key: key!, seconds, phases });
    const server = statsOf(stage.product.workerd).cpuMs - before;
    const of = (name: string) => counters[name] ?? 0;
    const times = summaries[isWs ? 'load.ack' : 'http.response_time'];
    const done = isWs ? of('load.acknowledged') : of('http.codes.202') + of('http.codes.200');
    const sent = isWs ? of('load.sent') : of('http.requests');
    const report = (metric: string, value: number, unit: string, n: number, baseline: number | null = null) =>
      stage.report({ metric: `artillery-${scenario}/${metric}`, value, unit, n, baseline });
    report('errors', sent - done + of('vusers.failed'), 'messages', sent, 0);
    if (isWs) report('duplicated', of('load.duplicated'), 'messages', sent, 0);
    for (const p of ['p50', 'p95', 'p99'] as const) report(p, times?.[p] ?? Number.NaN, 'ms', done);
    report('cpu/server', server / Math.max(1, done), 'ms/message', done);
    report('cpu/driver', cpuMs / Math.max(1, done), 'ms/message', done);
  };
