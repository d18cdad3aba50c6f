import { reportTimes } from './cache/times.ts';
import { BUSY_HOUR, COLD_HOUR, QUIET_DAY, traceOf } from './cache/trace.ts';
import { World } from './cache/world.ts';
import type { Report, Suite } from './report.ts';

/** Asked of every cache together. */
const ASKED = 0.9;
const SEED = 20_261_122;

/**
 * The product's caches under the requests of an hour with 1,000 people at once, after an hour as busy; as `cold/…`, of such
 * an hour that finds them empty; and, as `quiet/…`, of a day of few people (see cache/trace.ts for what is assumed). And
 * what a hit takes in workerd.
 *
 * A question to a cache is a hit if one of its tiers answers it. `hit/people` leaves out what is not of a person (API keys
 * and flags), which nearly always hits. `first/overall` is what nobody had asked before: no cache could answer it.
 */
export const cacheSuite: Suite = async (report) => {
  await reportTimes(report);
  const loads = [['quiet/', QUIET_DAY] as const, ['cold/', COLD_HOUR] as const, ['', BUSY_HOUR] as const];
  for (const [name, load] of loads) {
    const world = new World();
    let isWarm = false;
    for (const event of traceOf(load, SEED)) {
      if (!isWarm && event.at >= load.warmUpMs) world.beginCounting();
      isWarm ||= event.at >= load.warmUpMs;
      await world.replay(event);
    }
    reportHits(world, (metric) => report({ ...metric, metric: name + metric.metric }));
  }
};

function reportHits({ counts, firstQuestions }: World, report: Report): void {
  const ratio = (metric: string, hits: number, questions: number, baseline: number | null = null) =>
    report({ metric, value: hits / questions, unit: 'ratio', n: questions, baseline });
  const all = { hits: 0, questions: 0 };
  const people = { hits: 0, questions: 0 };
  for (const name of new Set([...counts.keys()].map((key) => key.split('/')[0]!))) {
    const [l1, kv] = [counts.get(`${name}/l1`)!, counts.get(`${name}/kv`)];
    const questions = l1.hit + l1.miss + l1.stale;
    const hits = l1.hit + (kv?.hit ?? 0);
    all.hits += hits;
    all.questions += questions;
    if (name !== 'apiKeys' && name !== 'flags') {
      people.hits += hits;
      people.questions += questions;
    }
    ratio(`hit/${name}`, hits, questions);
    ratio(`hit/${name}/l1`, l1.hit, questions);
    ratio(`stale/${name}`, l1.stale, questions);
    if (kv) ratio(`hit/${name}/kv`, kv.hit, kv.hit + kv.miss + kv.stale);
  }
  ratio('first/overall', firstQuestions, all.questions);
  ratio('hit/people', people.hits, people.questions);
  ratio('hit/overall', all.hits, all.questions, ASKED);
}
