import { cosine } from './cosine.ts';
import { CUE_COUNT } from './cues.ts';
import type { DialogueModel, SideModel } from './model.ts';
import { type PreparedMessage, type PreparedTurn, prepare, rarestShared, sharedRarity } from './prepared-turn.ts';
import { dot, project } from './projection.ts';
import { type ProjectedSide, projectSide, replyMatch } from './reply-match.ts';
import { RIVAL_SIGNALS, type RivalSignal, rivalSignals } from './rivals.ts';
import { type StageMoves, stageMoves } from './stages.ts';
import type { Neighbours, Turn } from './turn.ts';
import { overlap, type Rarity, shared } from './turn-words.ts';

/** What each side tells; 0 where there is no neighbour. */
const SIDE_SIGNALS = [
  // cosine of the terms by rarity with the nearest, and with the others by 1 / distance
  'words',
  'far_words',
  // rarities of the terms in common added up: a long turn may share much and still have a small cosine
  'shared',
  'far_shared',
  // cosine of the vectors; with an unknown model in standard deviations over the candidates
  'meaning',
  'far_meaning',
  // the learned projection, see `ReplyMatch`
  'reply',
  'message_reply',
  'covered_reply',
  'covering_reply',
  // best pair of messages: cosine of their vectors, rarities of the terms in common
  'message_meaning',
  'message_shared',
  // learned log-odds of the pair of dialogue acts
  'acts',
  // cosine of letter trigrams, best neighbour
  'letters',
] as const;

const WHOLE_SIGNALS = [
  // names and numbers in common with any neighbour, log(1 + n)
  'names',
  // rarity of the rarest term in common with any neighbour
  'rarest',
  // how far its length is from the neighbours', |log ratio|
  'length_gap',
  // log(1 + words)
  'length',
  // 1 where it says the same words as a neighbour
  'copy',
] as const;

type SideSignal = (typeof SIDE_SIGNALS)[number];
type WholeSignal = (typeof WHOLE_SIGNALS)[number];
export type Signal = `${SideSignal}_${'before' | 'after'}` | WholeSignal | RivalSignal;

/** What tells that a turn belongs between its neighbours: of what stands before, of what stands after, of all, against its rivals. */
export const SIGNALS: readonly Signal[] = [
  ...SIDE_SIGNALS.map((signal) => `${signal}_before` as const),
  ...SIDE_SIGNALS.map((signal) => `${signal}_after` as const),
  ...WHOLE_SIGNALS,
  ...RIVAL_SIGNALS,
];

/** How vectors are compared: by the learned projection, by their cosine alone (another model), or not at all. */
export type Basis = 'projection' | 'cosine' | 'words';

export interface Signals {
  /** row-major [candidates, SIGNALS] */
  values: Float64Array;
  /** how long the candidates are: 0 for short talk, 1 for long messages. What signals are worth depends on it */
  longness: number;
  /** where the talk stands and what each candidate does there */
  staged: StageMoves;
}

export function signalsOf(
  neighbours: Neighbours,
  candidates: readonly Turn[],
  { model, basis, rarity }: { model: DialogueModel; basis: Basis; rarity: Rarity },
): Signals {
  const prepared = (turn: Turn) => prepare(turn, rarity);
  const before = sideOf(neighbours.before.toReversed().map(prepared), model.before, basis);
  const after = sideOf(neighbours.after.map(prepared), model.after, basis);
  const turns = candidates.map(prepared);
  const rivals = rivalSignals(turns, { before: before.turns, after: after.turns }, rarity);
  const rows = turns.map((turn, i) => {
    const whole = wholeSignals(turn, [...before.turns, ...after.turns], rarity);
    const values = { ...whole, ...rivals[i]! } as Record<Signal, number>;
    for (const [name, side] of [['before', before] as const, ['after', after] as const]) {
      const told = sideSignals(turn, side, rarity);
      for (const signal of SIDE_SIGNALS) values[`${signal}_${name}`] = told[signal];
    }
    return SIGNALS.map((signal) => values[signal]);
  });
  const values = Float64Array.from(rows.flat());
  if (basis === 'cosine') standardiseMeaning(values);
  const staged = stageMoves(
    neighbours.before.map(({ text }) => text).reverse(),
    candidates.map(({ text }) => text),
  );
  return { values, longness: longnessOf(turns), staged };
}

/** Neighbours of one side, nearest first, with what is the same for every candidate. */
interface Side {
  turns: PreparedTurn[];
  projected: ProjectedSide | null;
  /** [cues]: what each cue of a candidate adds to the log-odds */
  acts: Float32Array;
}

const sideOf = (turns: PreparedTurn[], model: SideModel, basis: Basis): Side => ({
  turns,
  projected: basis === 'projection' ? projectSide(turns, model) : null,
  acts: turns[0] === undefined ? new Float32Array(CUE_COUNT) : project(model.acts, turns[0].cues),
});

function sideSignals(turn: PreparedTurn, { turns, projected, acts }: Side, rarity: Rarity): Record<SideSignal, number> {
  const nearest = turns.slice(0, 1);
  const far = turns.slice(1);
  const words = (other: PreparedTurn) => overlap(turn.terms, other.terms);
  const inCommon = (other: PreparedTurn) => sharedRarity(turn, other, rarity);
  const meaning = (other: PreparedTurn) => cosine(turn.vector, other.vector);
  const match = replyMatch(turn, projected);
  return {
    words: byDistance(nearest, words),
    far_words: byDistance(far, words),
    shared: byDistance(nearest, inCommon),
    far_shared: byDistance(far, inCommon),
    meaning: byDistance(nearest, meaning),
    far_meaning: byDistance(far, meaning),
    reply: match.whole,
    message_reply: match.message,
    covered_reply: match.covered,
    covering_reply: match.covering,
    message_meaning: bestPair(turn, nearest, (a, b) => cosine(a.vector, b.vector)),
    message_shared: bestPair(turn, nearest, (mine, other) => sharedRarity(mine, other, rarity)),
    acts: dot(acts, turn.cues),
    letters: mostOf(turns, (other) => overlap(turn.trigrams, other.trigrams)),
  };
}

function wholeSignals(
  turn: PreparedTurn,
  others: readonly PreparedTurn[],
  rarity: Rarity,
): Record<WholeSignal, number> {
  const meanLength = others.reduce((sum, { length }) => sum + length, 0) / Math.max(1, others.length);
  return {
    names: Math.log1p(others.reduce((sum, other) => sum + shared(turn.names, other.names), 0)),
    rarest: mostOf(others, (other) => rarestShared(turn, other, rarity)),
    length_gap: others.length === 0 ? 0 : Math.abs(Math.log((1 + turn.length) / (1 + meanLength))),
    length: Math.log1p(turn.length),
    copy: Number(others.some((other) => other.plain === turn.plain)),
  };
}

/** Sum over the neighbours, nearest first, each by 1 / distance. */
const byDistance = (others: readonly PreparedTurn[], measure: (other: PreparedTurn) => number) =>
  others.reduce((sum, other, i) => sum + measure(other) / (i + 1), 0);

const mostOf = <Item>(others: readonly Item[], measure: (other: Item) => number) =>
  others.reduce((most, other) => Math.max(most, measure(other)), 0);

const bestPair = (
  turn: PreparedTurn,
  nearest: readonly PreparedTurn[],
  measure: (mine: PreparedMessage, other: PreparedMessage) => number,
) =>
  mostOf(turn.messages, (mine) => mostOf(nearest, ({ messages }) => mostOf(messages, (other) => measure(mine, other))));

/** Mean log length at which talk begins to be long, and over how much more it becomes wholly so. */
const SHORT = 2.3;
const SPAN = 1.7;

function longnessOf(turns: readonly PreparedTurn[]): number {
  const mean = turns.reduce((sum, { length }) => sum + Math.log1p(length), 0) / Math.max(1, turns.length);
  return Math.min(1, Math.max(0, (mean - SHORT) / SPAN));
}

/** Cosines of another model lie elsewhere: what counts is how far a candidate is from the other candidates. */
function standardiseMeaning(values: Float64Array): void {
  const rows = values.length / SIGNALS.length;
  for (const [column, signal] of SIGNALS.entries()) {
    if (!signal.includes('meaning')) continue;
    const at = (row: number) => row * SIGNALS.length + column;
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) {
      sum += values[at(row)]!;
      squares += values[at(row)]! ** 2;
    }
    const mean = sum / rows;
    const deviation = Math.sqrt(Math.max(0, squares / rows - mean * mean));
    for (let row = 0; row < rows; row++) values[at(row)] = deviation < 1e-9 ? 0 : (values[at(row)]! - mean) / deviation;
  }
}
