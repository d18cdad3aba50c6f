import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Blend, type GapModel, KINDS, type Kind } from '../src/archaeology/gaps/blend.ts';
import { ConversationScan, type EndModel } from '../src/archaeology/gaps/conversation-scan.ts';
import { type Boundaries, boundariesOf, FEATURES, WIDTH } from '../src/archaeology/gaps/features.ts';
import { findGaps, kindOf, lookTwice } from '../src/archaeology/gaps/find-gaps.ts';
import type { GapMessage } from '../src/archaeology/gaps/gap-message.ts';
import { loadNodeEmbedder } from '../src/embedding/node.ts';
import { sigmoid } from '../src/statistics/calibration.ts';
import { type GapChat, readGapChats, withoutTimes, withoutVectors } from '../test/eval/gap-chats.ts';
import { type GapScore, scoreGaps } from '../test/eval/gap-score.ts';
import { type HoledChat, hideRuns, RUN } from '../test/eval/hidden-runs.ts';
import { coverage, type FoundHole, fitCounts } from './gap-training/counts.ts';
import { fitEnds } from './gap-training/ends.ts';
import { type Case, fitNewton } from './gap-training/newton.ts';

const FILE = join(import.meta.dirname, '../src/archaeology/gaps/weights.json');
/** Kinds that share a threshold, so that a gap that is shown has the same chance whatever the chat. */
const FAMILIES: readonly (readonly [string, readonly Kind[]])[] = [
  ['with vectors', ['turns/vectors', 'alternating/vectors']],
  ['words only', ['turns/words', 'alternating/words']],
  ['days only, with vectors', ['sessions/vectors']],
  ['days only, words only', ['sessions/words']],
];
/** Times that each chat is holed anew. The seeds are not those of the evaluation. */
const DRAWS = 30;
const SEED = 50_000;
/** An intact chat counts as half of its draws where chances are calibrated: holes are as likely as none. */
const INTACT_WEIGHT = DRAWS / 2;
/** In the fit it counts more: what is whole in the draws is the same turns again and again, the intact chat is all of them. */
const INTACT_FIT_WEIGHT = 1.5 * DRAWS;
const NOTHING: Blend = { bias: 0, weights: new Float64Array(WIDTH) };
const EMPTY: GapModel = {
  first: NOTHING,
  second: NOTHING,
  calibration: { slope: 1, offset: 0 },
  threshold: 0,
  count: { log: [0], linear: [0], most: RUN.max, tail: 0.05 },
};
/** The scale is for what may be shown; the many unlikely ones would bend it to their own end. */
const LEAST_CALIBRATED = 0.05;
/** A flatter scale would tell places that show nothing as fairly likely. */
const LEAST_SLOPE = 0.5;
/** What is less likely is not even judged. */
const LEAST_TOLD = 0.001;
const RIDGE = 1;
/**
 * The threshold is that of most recall that keeps to these on chats that were left out. It is chosen on those chats, so
 * what is asked of chats never seen (1 and 0.8) is kept with a margin.
 */
const MOST_FALSE_PER_500 = 0.75;
/** Where no threshold does, the chat tells too little: only what the source itself says is shown. */
const NEVER = 0.985;
const LEAST_PRECISION = 0.84;
const USAGE = `usage: npm run train:gaps -- --data DIR
Fits the weights of gap detection to RealTalk and LoCoMo in DIR and writes src/archaeology/gaps/weights.json; the same
data give the same numbers. Figures on stderr are of chats that were left out of the fit.`;

/** A chat with holes, or intact (no runs), as it was scanned. */
interface Draw {
  chat: GapChat;
  holed: HoledChat<GapMessage>;
  scan: ConversationScan;
  kind: Kind;
}

interface Fold {
  model: GapModel;
  mine: readonly Draw[];
}

/**
 * How hiding and folds are assured. Turns are hidden before anything is made of a chat (`hideRuns`): a scan, its rhythm and
 * its habits are of what is left. Every figure on stderr is of a chat that was left out whole, with all its draws: of the
 * ends of conversations, of both looks and of the count no weight saw it. The calibration (two numbers) and the threshold
 * (one) are chosen on what was told of left-out chats, hence the margin. RealTalk's people speak in two chats each, and
 * what is left out is a chat, not a person. On the chats that it learned from, the shipped detector is surer than on new
 * ones (the directions of the ends know their openings): `eval -- gaps` on this data says less than these figures.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { data: { type: 'string' } } });
  if (values.data === undefined) {
    console.error(USAGE);
    return 2;
  }
  const embedder = await loadNodeEmbedder();
  const chats = await readGapChats(values.data, embedder);
  const asDays = chats.filter(({ set }) => set === 'realtalk').map(withoutTimes);
  // scores of the ends are of a model that never saw the chat, in training as well
  const heldOutEnds = new Map(chats.map((chat) => [chat.id, fitEnds(chats.filter((other) => other !== chat))]));
  const shown = [...chats, ...asDays];
  const draws = [...shown, ...shown.map(withoutVectors)].flatMap((chat) => drawsOf(chat, heldOutEnds.get(chat.id)!));
  const models = new Map<Kind, GapModel>();
  for (const [name, kinds] of FAMILIES) {
    const learned = kinds.map((kind) =>
      learn(
        kind,
        draws.filter((draw) => draw.kind === kind),
      ),
    );
    const thresholds = thresholdsOf(learned.map(({ heldOut }) => heldOut));
    report(
      name,
      learned.map(({ heldOut }) => heldOut),
      thresholds,
    );
    for (const [k, { kind, model, folds }] of learned.entries()) {
      const threshold = thresholds[k]!;
      const found = folds.map((fold) => foundBy(fold, model.calibration, threshold));
      const count = fitCounts(found.flat(), RUN.max);
      console.error(`${kind}: count coverage ${leftOutCoverage(found).toFixed(3)}`);
      models.set(kind, { ...model, threshold, count });
    }
  }
  write(models, fitEnds(chats), embedder.model);
  return 0;
}

/**
 * The model of all draws, and for each chat one that never saw it, with what that one told of it. In training as later,
 * the first look at a chat is of weights that never saw it: with weights that did, the second would learn to trust habits
 * cleaner than they are. Those first weights saw all other chats, so a held-out chat touches the second weights only by
 * way of how much the boundaries of others count for their habits.
 */
function learn(kind: Kind, draws: readonly Draw[]) {
  const chats = [...new Set(draws.map(({ chat }) => chat))];
  const isOther = (chat: GapChat | null) => (draw: Draw) => draw.chat !== chat;
  const firstCases = new Map(draws.map((draw) => [draw, casesOf(draw, boundariesOf(draw.scan, null))]));
  const firstWithout = (chat: GapChat | null) =>
    fitBlend(draws.filter(isOther(chat)).flatMap((draw) => firstCases.get(draw)!));
  const first = new Map(chats.map((chat) => [chat, firstWithout(chat)]));
  const secondCases = new Map(
    draws.map((draw) => [draw, casesOf(draw, lookTwice(draw.scan, { first: first.get(draw.chat)! }))]),
  );
  const secondWithout = (chat: GapChat | null) =>
    fitBlend(draws.filter(isOther(chat)).flatMap((draw) => secondCases.get(draw)!));
  const folds = chats.map((chat) => ({
    model: { ...EMPTY, first: first.get(chat)!, second: secondWithout(chat) },
    mine: draws.filter((draw) => draw.chat === chat),
  }));
  const calibration = platt(folds.flatMap(({ model, mine }) => judge(mine, model)));
  const heldOut = folds.flatMap(({ model, mine }) => judge(mine, { ...model, calibration }));
  console.error(`${kind}: calibration ${JSON.stringify(calibration)}`);
  const model = { ...EMPTY, first: firstWithout(null), second: secondWithout(null), calibration };
  return { kind, model, folds, heldOut };
}

function drawsOf(chat: GapChat, ends: EndModel): Draw[] {
  const intact: HoledChat<GapMessage> = { left: chat.turns, runs: [] };
  const holed = Array.from({ length: DRAWS }, (_, d) => hideRuns(chat.turns, SEED + d));
  return [intact, ...holed].map((one) => {
    const scan = scanned(one.left, ends);
    return { chat, holed: one, scan, kind: kindOf(scan) };
  });
}

function scanned(messages: readonly GapMessage[], ends: EndModel): ConversationScan {
  const scan = new ConversationScan(ends);
  for (const message of messages) scan.push(message);
  return scan;
}

function fitBlend(cases: readonly Case[]): Blend {
  const [bias, ...weights] = fitNewton(cases, WIDTH, RIDGE);
  return { bias: bias!, weights: Float64Array.from(weights) };
}

/** Neighbours of a hole, and places where the data set itself lacks turns, teach neither. */
function casesOf({ chat, holed, scan }: Draw, { count, features }: Boundaries): Case[] {
  const hidden = new Set(holed.runs.map(({ after }) => after));
  const isNear = (i: number) => hidden.has(i - 1) || hidden.has(i + 1);
  const weight = holed.runs.length === 0 ? INTACT_FIT_WEIGHT : 1;
  const cases: Case[] = [];
  for (let i = 0; i < count; i++) {
    const isHole = hidden.has(i);
    if (!isHole && (isNear(i) || chat.lacking.has(scan.ids[i]!))) continue;
    cases.push({ features: features.subarray(i * WIDTH, (i + 1) * WIDTH), label: Number(isHole), weight });
  }
  return cases;
}

interface Judged {
  chat: GapChat;
  isIntact: boolean;
  weight: number;
  score: GapScore;
}

/** Whatever the chat can tell. */
const always = (model: GapModel) => Object.fromEntries(KINDS.map((kind) => [kind, model])) as Record<Kind, GapModel>;

function judge(draws: readonly Draw[], model: GapModel): Judged[] {
  return draws.map(({ chat, holed, scan }) => {
    const isIntact = holed.runs.length === 0;
    const score = scoreGaps(findGaps(scan, LEAST_TOLD, always(model)), holed);
    return { chat, isIntact, weight: isIntact ? INTACT_WEIGHT : 1, score };
  });
}

/** Scales the log odds of the gaps told to how often they are true. */
function platt(judged: readonly Judged[]): GapModel['calibration'] {
  const cases = judged.flatMap(({ score, weight }) =>
    score.told
      .filter(({ probability }) => probability >= LEAST_CALIBRATED)
      .map(({ probability, found }) => ({
        features: Float32Array.of(Math.log(probability / (1 - probability))),
        label: found > 0 ? 1 : 0,
        weight,
      })),
  );
  const [offset, fitted] = fitNewton(cases, 1, 1e-3);
  const slope = Math.max(LEAST_SLOPE, fitted!);
  return { slope: rounded(slope), offset: rounded(slope === fitted ? offset! : offsetFor(slope, cases)) };
}

/** The likeliest offset at this slope: told chances add up to what is true. */
function offsetFor(slope: number, cases: readonly Case[]): number {
  let [low, high] = [-20, 20];
  for (let step = 0; step < 40; step++) {
    const offset = (low + high) / 2;
    const excess = cases.reduce(
      (sum, { features, label, weight }) => sum + weight * (sigmoid(slope * features[0]! + offset) - label),
      0,
    );
    if (excess > 0) high = offset;
    else low = offset;
  }
  return (low + high) / 2;
}

/** One threshold a kind: those of most recall that keep to the limits over all of the family's chats. */
function thresholdsOf(groups: readonly (readonly Judged[])[]): number[] {
  const grid = Array.from({ length: 43 }, (_, i) => rounded(0.1 + 0.02 * i));
  let best = { recall: 0, thresholds: groups.map(() => NEVER) };
  for (const thresholds of combinations(grid, groups.length)) {
    const { precision, recall, falsePer500 } = figures(groups, thresholds);
    if (precision < LEAST_PRECISION || falsePer500 > MOST_FALSE_PER_500 || recall <= best.recall) continue;
    best = { recall, thresholds };
  }
  return best.thresholds;
}

function combinations(grid: readonly number[], count: number): number[][] {
  if (count === 0) return [[]];
  const rest = combinations(grid, count - 1);
  return grid.flatMap((value) => rest.map((others) => [value, ...others]));
}

/** @param thresholds one for each group */
function figures(groups: readonly (readonly Judged[])[], thresholds: readonly number[]) {
  const sums = { told: 0, found: 0, runs: 0, runsFound: 0, turns: 0, untrue: 0 };
  for (const [g, judged] of groups.entries()) {
    const isTold = ({ probability }: { probability: number }) => probability >= thresholds[g]!;
    for (const { chat, isIntact, score } of judged) {
      const told = score.told.filter(isTold);
      if (isIntact) {
        sums.turns += chat.turns.length;
        sums.untrue += told.length;
        continue;
      }
      const runs = score.runs.filter(({ length }) => length >= 3);
      sums.told += told.length;
      sums.found += told.filter(({ found }) => found > 0).length;
      sums.runs += runs.length;
      sums.runsFound += runs.filter(isTold).length;
    }
  }
  return {
    precision: sums.found / Math.max(1, sums.told),
    recall: sums.runsFound / sums.runs,
    falsePer500: (500 * sums.untrue) / sums.turns,
    n: sums.runs,
  };
}

function report(name: string, groups: readonly (readonly Judged[])[], thresholds: readonly number[]): void {
  const line = (of: string, some: typeof groups, at: readonly number[]) => {
    const { precision, recall, falsePer500, n } = figures(some, at);
    const numbers = [precision, recall, falsePer500].map((value) => value.toFixed(3)).join(' ');
    console.error(`${of} at ${at.join(', ')}: precision, recall of runs >= 3, false per 500: ${numbers} (n = ${n})`);
  };
  line(name, groups, thresholds);
  for (const [g, group] of groups.entries()) line(`  ${group[0]!.chat.set}`, [group], [thresholds[g]!]);
}

/** Holes of a chat that was left out, each with the likeliest gap within ±1 turn, as the score counts them. */
function foundBy({ model, mine }: Fold, calibration: GapModel['calibration'], threshold: number): FoundHole[] {
  return mine.flatMap(({ holed, scan }) => {
    const gaps = findGaps(scan, threshold, always({ ...model, calibration }));
    const chances = new Map(gaps.map(({ afterId, probability }) => [scan.ids.indexOf(afterId), probability]));
    const boundaries = lookTwice(scan, model);
    return holed.runs.flatMap(({ after, length }) => {
      const [at] = [after - 1, after, after + 1]
        .filter((place) => chances.has(place))
        .sort((a, b) => chances.get(b)! - chances.get(a)!);
      return at === undefined ? [] : [{ scan, boundaries, at, missing: length }];
    });
  });
}

/** Share of the found holes whose length lies in the interval of factors that never saw their chat. */
function leftOutCoverage(found: readonly (readonly FoundHole[])[]): number {
  const covered = found.map((mine) => {
    const others = fitCounts(found.filter((one) => one !== mine).flat(), RUN.max);
    return coverage(others, mine) * mine.length;
  });
  return covered.reduce((sum, one) => sum + one, 0) / Math.max(1, found.flat().length);
}

function write(models: ReadonlyMap<Kind, GapModel>, ends: EndModel, model: string): void {
  const all = {
    version: 'gaps-v1',
    models: Object.fromEntries([...models].map(([kind, one]) => [kind, shortened(one)])),
    ends: { model, opens: packed(ends.opens), closes: packed(ends.closes) },
  };
  writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`);
}

function shortened({ first, second, count, ...rest }: GapModel) {
  const named = ({ bias, weights }: Blend) => ({
    bias: rounded(bias),
    weights: Object.fromEntries(FEATURES.map(([name], j) => [name, rounded(weights[j]!)])),
  });
  return {
    ...rest,
    count: { ...count, log: count.log.map(rounded), linear: count.linear.map(rounded) },
    first: named(first),
    second: named(second),
  };
}

function packed({ bias, weights }: EndModel['opens']) {
  const scale = weights.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  const bytes = Int8Array.from(weights, (value) => Math.round(value / scale));
  return { bias: rounded(bias), scale, weights: Buffer.from(bytes.buffer).toString('base64') };
}

/** Three digits carry all that the data can tell. */
const rounded = (value: number) => Number(value.toPrecision(3));

process.exit(await main());
