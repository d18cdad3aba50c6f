import { addCounts, readingsOf, sameAuthorLogit, weighEvidence } from '../../src/mirror/style/same-author.ts';
import { SLOT, SLOTS } from '../../src/mirror/style/slots.ts';
import type { StyleWeights } from '../../src/mirror/style/weights.ts';
import { fitLogistic } from '../search-training/logistic.ts';
import type { Occasions } from './authors.ts';
import { type Pair, pairsOf, piecesOf } from './pairs.ts';
import { meanStanding, usualShares, variances } from './variances.ts';

const SEED = 20_261_122;
/** Sizes of the two pieces of a pair, words. */
const VARIANCE_SIZES = [100, 250, 500];
const CALIBRATION_SIZES: [known: number, asked: number][] = [
  [400, 15],
  [400, 40],
  [400, 100],
  [150, 150],
  [400, 400],
  [1500, 1500],
];
const CALIBRATION_PAIRS = 500;
const ALARM_SIZES = [15, 30, 60];
/** Share of a person's own messages that may raise the alarm. */
export const FALSE_ALARMS = 0.02;

export interface Sets {
  accounts: Occasions;
  speakers: Occasions;
  chats: Occasions;
}

/** The whole fit. The groups' discounts are given. */
export function fitted(sets: Sets, version: string, groups: StyleWeights['groups']): StyleWeights {
  const [accounts, speakers] = [together(sets.accounts), together(sets.speakers)];
  const usual = usualShares([accounts, speakers]);
  const batches = VARIANCE_SIZES.map((words, i) =>
    pairsOf(piecesOf(sets.accounts.one, words), piecesOf(sets.accounts.other, words), 3_000, SEED + i),
  );
  // what is compared in chat stands where chat stands; how people differ, the accounts know: there are more of them
  const rates = { usual, mean: meanStanding(speakers, usual), ...variances(batches, usual) };
  const weights: StyleWeights = { version, rates, groups, calibration: START, alarm: [] };
  const calibrated = { ...weights, calibration: calibration(sets, weights) };
  return { ...calibrated, alarm: alarmLines(sets, calibrated) };
}

const START = { bias: 0, slope: 1, slopeBySize: 0, bySize: 0 };
const together = ({ one, other }: Occasions) => [...one, ...other];

/** Each set with the weights it is judged by: accounts are held against what is usual among accounts, not in chat. */
export function homes(sets: Sets, weights: StyleWeights): [Occasions, StyleWeights][] {
  const { rates } = weights;
  const mean = meanStanding(together(sets.accounts), rates.usual);
  return [
    [sets.accounts, { ...weights, rates: { ...rates, mean } }],
    [sets.speakers, weights],
    [sets.chats, weights],
  ];
}

export function calibrationPairs({ one, other }: Occasions): Pair[] {
  return CALIBRATION_SIZES.flatMap(([known, asked], i) =>
    pairsOf(piecesOf(one, known), piecesOf(other, asked), CALIBRATION_PAIRS, SEED + i),
  );
}

function calibration(sets: Sets, weights: StyleWeights): StyleWeights['calibration'] {
  const rows: number[][] = [];
  const labels: boolean[] = [];
  // in chat alone: accounts are told apart so much better that chat would be judged with too much confidence
  const { rates, groups } = weights;
  for (const occasions of [sets.speakers, sets.chats]) {
    for (const { a, b, isSame } of calibrationPairs(occasions)) {
      const row = [0, 0, 0];
      for (const { evidence, size } of readingsOf(a, b, rates)) {
        const weighed = weighEvidence(evidence, groups);
        for (const [i, value] of [weighed, weighed * size, size].entries()) row[i]! += value;
      }
      rows.push(row);
      labels.push(isSame);
    }
  }
  const [bias, slope, slopeBySize, bySize] = fitLogistic(rows, labels);
  return { bias: bias!, slope: slope!, slopeBySize: slopeBySize!, bySize: bySize! };
}

export interface OwnMessage {
  words: number;
  logit: number;
}

/** Each author's messages against all that they wrote on the other occasion. */
export function ownMessages({ one, other }: Occasions, weights: StyleWeights): OwnMessage[] {
  return [
    [one, other],
    [other, one],
  ].flatMap(([known, asked]) =>
    asked!.flatMap(({ author, counts }) => {
      const all = new Float64Array(SLOTS);
      for (const message of known!.find((writing) => writing.author === author)?.counts ?? [])
        addCounts(all, message, 1);
      return counts
        .map((message) => ({ words: message[SLOT.words]!, logit: sameAuthorLogit(all, message, weights) }))
        .filter(({ words }) => words >= ALARM_SIZES[0]!);
    }),
  );
}

function alarmLines(sets: Sets, weights: StyleWeights): StyleWeights['alarm'] {
  const own = homes(sets, weights).flatMap(([occasions, home]) => ownMessages(occasions, home));
  return ALARM_SIZES.flatMap((words, i) => {
    const logits = own
      .filter((one) => one.words >= words && one.words < (ALARM_SIZES[i + 1] ?? Infinity))
      .map(({ logit }) => logit)
      .sort((a, b) => a - b);
    return logits.length < 50 ? [] : [{ words, below: logits[Math.floor(FALSE_ALARMS * logits.length)]! }];
  });
}
