import { SIGNALS } from './blend.ts';
import { type Forest, forestScores, unpackForest } from './forest.ts';
import { ASKS, type MessageTable } from './message-table.ts';
import { type Neighbours, NONE } from './neighbours.ts';
import type { ParsedQuery } from './query.ts';
import { ANSWER_KINDS, type Shapes } from './shapes.ts';
import packed from './trees.json' with { type: 'json' };

/** Candidates that are looked at again, and those that they are compared with. */
export const LOOKED_AT = 60;
/** Of the best of an answer, the one that counts as its end. */
const TENTH = 9;
/** Messages to either side whose standing counts. */
const NEIGHBOURS = 2;
/** How far behind stands what is no candidate at all. */
const FAR_BEHIND = -10;

/** Numbers about one candidate: signals and standing, its conversation, words, shape. */
export const FEATURES = SIGNALS.length + 3 + 2 * NEIGHBOURS + 1 + 7 + 3 + ANSWER_KINDS;

/** What a candidate's features are read from. */
export interface LookSource {
  table: MessageTable;
  neighbours: Neighbours;
  shapes: Shapes;
  parsed: ParsedQuery;
  /** terms of a message, repeats included */
  lengthOf(row: number): number;
  /** share of the query's rarity in the message's own words, by row */
  own: Float64Array;
  /** fills every signal's share of a candidate's score and returns the score; null: no candidate */
  sharesOf(row: number, shares: Float64Array): number | null;
  /** the best by score whatever the filters, best first, at least one, at most LOOKED_AT */
  best: readonly { row: number; score: number }[];
}

/** @returns what is added to each score, never negative: [rows] */
export type Judge = (features: Float32Array) => Float64Array;

export const judgeBy =
  (forest: Forest): Judge =>
  (features) =>
    forestScores(forest, features, FEATURES);

/**
 * Adds up small regression trees over what a linear blend cannot say: how a candidate stands among the others, its neighbours
 * and its conversation, and which signals matter where. LambdaMART on the blend's own score, fitted by
 * `scripts/train-search.ts` to the development halves of LoCoMo and RealTalk.
 *
 * @see Burges 2010, From RankNet to LambdaRank to LambdaMART
 */
export const shippedJudge: Judge = judgeBy(unpackForest(packed));

/** Row-major [rows, FEATURES]; none depends on the filters, nor on which others are looked at. */
export function lookFeatures(rows: readonly { row: number }[], source: LookSource): Float32Array {
  const out = new Float32Array(rows.length * FEATURES);
  const talks = weightsOfTalks(source);
  const shares = new Float64Array(SIGNALS.length);
  for (const [i, { row }] of rows.entries()) {
    let at = putStanding(row, source, shares, out, i * FEATURES);
    out[at++] = talks.get(source.table.conversation[row]!) ?? 0;
    at = putWords(row, source, out, at);
    putShape(row, source, out, at);
  }
  return out;
}

/** Signals and scores: its own against the best, its neighbours' against the tenth. @returns where it ends in `out` */
function putStanding(
  row: number,
  { neighbours: { previous, next }, sharesOf, best }: LookSource,
  shares: Float64Array,
  out: Float32Array,
  at: number,
): number {
  const tenth = best[Math.min(TENTH, best.length - 1)]!.score;
  const score = sharesOf(row, shares) ?? 0;
  out.set(shares, at);
  at += shares.length;
  out[at++] = score;
  out[at++] = score - best[0]!.score;
  out[at++] = score - tenth;
  for (const links of [previous, next]) {
    let other = row;
    for (let step = 0; step < NEIGHBOURS; step++) {
      if (other !== NONE) other = links[other]!;
      const near = other === NONE ? null : sharesOf(other, shares);
      out[at++] = near === null ? FAR_BEHIND : Math.max(FAR_BEHIND, near - tenth);
    }
  }
  return at;
}

/** How much of the query its own words hold, and those of its neighbours; how long both are. */
function putWords(row: number, source: LookSource, out: Float32Array, at: number): number {
  const { table, neighbours, own } = source;
  const before = neighbours.previous[row]!;
  const after = neighbours.next[row]!;
  const asked = before === NONE ? 0 : own[before]!;
  const answered = after === NONE ? 0 : own[after]!;
  out[at++] = own[row]!;
  out[at++] = asked;
  out[at++] = answered;
  out[at++] = Math.max(own[row]!, asked, answered);
  out[at++] = before !== NONE && table.flags[before]! & ASKS ? asked : 0;
  out[at++] = source.parsed.terms.length;
  out[at++] = source.lengthOf(row);
  return at;
}

function putShape(row: number, { table, neighbours, shapes }: LookSource, out: Float32Array, at: number): void {
  const after = neighbours.next[row]!;
  out[at++] = Number(after !== NONE && table.speaker[after] !== table.speaker[row]);
  out[at++] = shapes.names[row]!;
  out[at++] = shapes.lengths[row]!;
  for (let kind = 0; kind < ANSWER_KINDS; kind++) out[at++] = (shapes.answers[row]! >> kind) & 1;
}

/** How much of the best belongs to each conversation, the very best counting 1. */
function weightsOfTalks({ best, table }: LookSource): Map<number, number> {
  const weights = new Map<number, number>();
  for (const { row, score } of best) {
    const talk = table.conversation[row]!;
    weights.set(talk, (weights.get(talk) ?? 0) + Math.exp(score - best[0]!.score));
  }
  return weights;
}
