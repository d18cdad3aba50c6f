import { endModelOf } from '../../src/archaeology/gaps/blend.ts';
import { ConversationScan, type EndModel } from '../../src/archaeology/gaps/conversation-scan.ts';
import { findGaps } from '../../src/archaeology/gaps/find-gaps.ts';
import type { GapMessage } from '../../src/archaeology/gaps/gap-message.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import type { Report } from '../bench/report.ts';
import { type GapChat, readGapChats, withoutTimes, withoutVectors } from './gap-chats.ts';
import { type GapScore, scoreGaps } from './gap-score.ts';
import { hideRuns } from './hidden-runs.ts';

/**
 * Times each chat is holed anew. Weights were fitted to other places of holes, but on the development half to the same
 * chats, whose ends they know: precision looks perfect there. What holds of new chats is what `npm run train:gaps` prints.
 */
const DRAWS = 10;
const SEED = 1;
/** Shorter runs count as found or not, but recall is asked for these. */
const LONG = 3;
const LENGTHS: [name: string, from: number, to: number][] = [
  ['1-2', 1, 2],
  ['3-5', 3, 5],
  ['6-10', 6, 10],
  ['11-20', 11, 20],
];

interface Outcome {
  chat: GapChat;
  holed: GapScore[];
  /** of the intact chat */
  intact: GapScore;
}

/**
 * Gap detection on RealTalk and LoCoMo: in ten draws, runs of 1 to 20 turns are hidden from each chat, one for 90 turns
 * (`hidden-runs.ts`), and the product's detector is run over what is left with its shipped weights and threshold.
 * `precision`: of the gaps told, those within ±1 turn of a hidden run of any length. `recall`: of the runs of 3 or more.
 * `false-per-500`: gaps told of the intact chats; `own-holes-aside` leaves out those at places where the data set's own
 * turn numbers skip. Gaps that the export marks as deletions are not counted. `count-coverage`: of the runs found, those whose length lies in the interval told.
 */
export async function gapsEval(dataDir: string, embedder: Embedder, report: Report): Promise<void> {
  const chats = await readGapChats(dataDir, embedder);
  const ends = endModelOf(embedder.model);
  const outcomes = chats.map((chat) => outcomeOf(chat, ends));
  reportAll(outcomes, '', report);
  for (const set of ['realtalk', 'locomo'] as const) {
    reportAll(
      outcomes.filter(({ chat }) => chat.set === set),
      `${set}/`,
      report,
    );
  }
  reportLengths(outcomes, report);
  const realtalk = chats.filter(({ set }) => set === 'realtalk');
  reportAll(
    realtalk.map((chat) => outcomeOf(withoutTimes(chat), ends)),
    'realtalk-days-only/',
    report,
  );
  reportAll(
    chats.map((chat) => outcomeOf(withoutVectors(chat), null)),
    'words-only/',
    report,
  );
}

function outcomeOf(chat: GapChat, ends: EndModel | null): Outcome {
  const holed = Array.from({ length: DRAWS }, (_, d) => {
    const hidden = hideRuns(chat.turns, SEED + d);
    return scoreGaps(gapsIn(hidden.left, ends), hidden);
  });
  return { chat, holed, intact: scoreGaps(gapsIn(chat.turns, ends), { left: chat.turns, runs: [] }) };
}

function gapsIn(turns: readonly GapMessage[], ends: EndModel | null) {
  const scan = new ConversationScan(ends);
  for (const turn of turns) scan.push(turn);
  return findGaps(scan);
}

function reportAll(outcomes: readonly Outcome[], prefix: string, report: Report): void {
  const told = outcomes.flatMap(({ holed }) => holed.flatMap((score) => score.told));
  const found = told.filter((gap) => gap.found > 0);
  const runs = outcomes
    .flatMap(({ holed }) => holed.flatMap((score) => score.runs))
    .filter(({ length }) => length >= LONG);
  const turns = outcomes.reduce((sum, { chat }) => sum + chat.turns.length, 0);
  const untrue = outcomes.reduce((sum, outcome) => sum + outcome.intact.told.length, 0);
  const aside = outcomes.reduce(
    (sum, { chat, intact }) => sum + intact.told.filter(({ afterId }) => !chat.lacking.has(afterId)).length,
    0,
  );
  const line = (metric: string, value: number, unit: string, n: number) =>
    report({ metric: `${prefix}${metric}`, value, unit, n });
  line('precision', found.length / Math.max(1, told.length), 'share', told.length);
  line('recall', runs.filter(({ probability }) => probability > 0).length / runs.length, 'share', runs.length);
  line('false-per-500', (500 * untrue) / turns, 'gaps', turns);
  line('false-per-500/own-holes-aside', (500 * aside) / turns, 'gaps', turns);
  line(
    'count-coverage',
    found.filter(({ isCovered }) => isCovered).length / Math.max(1, found.length),
    'share',
    found.length,
  );
}

function reportLengths(outcomes: readonly Outcome[], report: Report): void {
  const runs = outcomes.flatMap(({ holed }) => holed.flatMap((score) => score.runs));
  for (const [name, from, to] of LENGTHS) {
    const some = runs.filter(({ length }) => length >= from && length <= to);
    const found = some.filter(({ probability }) => probability > 0).length;
    report({ metric: `recall/runs-of-${name}`, value: found / some.length, unit: 'share', n: some.length });
  }
}
