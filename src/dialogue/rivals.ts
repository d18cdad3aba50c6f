import { cosine } from './cosine.ts';
import type { PreparedMessage, PreparedTurn } from './prepared-turn.ts';
import type { Rarity } from './turn-words.ts';

/**
 * What tells a candidate apart from the others it stands beside. A term is the more telling the rarer it is and the fewer
 * candidates hold it: among turns of one chat, what the chat is always about tells nothing.
 */
export const RIVAL_SIGNALS = [
  // telling terms in common with any neighbour, by the root of the candidate's length; with the two nearest alone
  'telling',
  'telling_near',
  // telling terms that stand both before and after
  'telling_through',
  // the most telling term in common, and the best pair of a message of the candidate and one right beside it
  'telling_most',
  'telling_message',
  // cosine of the terms by rarity and by how few of all these turns hold them: with the nearest, with the others
  'local_words_before',
  'local_words_after',
  'local_words_far',
  // share of its terms that other candidates hold too
  'commonplace',
  // mean cosine with the other candidates
  'typical_meaning',
  // of each message around, the best cosine with a message of the candidate: mean, most
  'topic_meaning',
  'topic_most_meaning',
] as const;

export type RivalSignal = (typeof RIVAL_SIGNALS)[number];

/** Turns of each side nearest first. @returns one record a candidate */
export function rivalSignals(
  candidates: readonly PreparedTurn[],
  { before, after }: { before: readonly PreparedTurn[]; after: readonly PreparedTurn[] },
  rarity: Rarity,
): Record<RivalSignal, number>[] {
  const around = [...before, ...after];
  const nearest = [...before.slice(0, 1), ...after.slice(0, 1)];
  const held = countTerms(candidates);
  const telling: Rarity = (term) => rarity(term) / (held.get(term) ?? 1);
  const [termsBefore, termsAfter] = [termsOf(before), termsOf(after)];
  const isAround = (term: string) => termsBefore.has(term) || termsAfter.has(term);
  const local = localCosine([...candidates, ...around], rarity);
  const far = [...before.slice(1), ...after.slice(1)];
  const messages = around.flatMap((turn) => turn.messages);
  const besideMessages = nearest.flatMap((turn) => turn.messages);
  const typical = typicality(candidates);
  return candidates.map((turn, i) => {
    const terms = [...turn.terms.keys()];
    const root = Math.sqrt(Math.max(1, terms.length));
    const shared = terms.filter(isAround);
    const best = messages.map((other) => bestCosine(turn.messages, other));
    return {
      telling: total(shared, telling) / root,
      telling_near: nearest.reduce((sum, other) => sum + total(sharedTerms(turn, other), telling), 0) / root,
      telling_through: total(
        shared.filter((term) => termsBefore.has(term) && termsAfter.has(term)),
        telling,
      ),
      telling_most: shared.reduce((most, term) => Math.max(most, telling(term)), 0),
      telling_message: mostOf(turn.messages, (mine) =>
        mostOf(besideMessages, (other) => total(sharedTerms(mine, other), telling)),
      ),
      local_words_before: before[0] === undefined ? 0 : local(turn, before[0]),
      local_words_after: after[0] === undefined ? 0 : local(turn, after[0]),
      local_words_far: far.reduce((sum, other) => sum + local(turn, other), 0),
      commonplace: terms.filter((term) => held.get(term)! > 1).length / Math.max(1, terms.length),
      typical_meaning: typical[i]!,
      topic_meaning: total(best, Number) / Math.max(1, best.length),
      topic_most_meaning: best.reduce((most, value) => Math.max(most, value), 0),
    };
  });
}

/** In how many of the turns each term stands. */
function countTerms(turns: readonly PreparedTurn[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { terms } of turns) for (const term of terms.keys()) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

const termsOf = (turns: readonly PreparedTurn[]) => new Set(turns.flatMap(({ terms }) => [...terms.keys()]));

const sharedTerms = (a: PreparedMessage, b: PreparedMessage) => [...a.terms.keys()].filter((term) => b.terms.has(term));

/** Cosine of two of these turns in which a term weighs by its rarity, and by how few of them hold it. */
function localCosine(turns: readonly PreparedTurn[], rarity: Rarity) {
  const squares = new Map<string, number>();
  for (const [term, count] of countTerms(turns)) {
    squares.set(term, (rarity(term) * Math.log(1 + turns.length / count)) ** 2);
  }
  const weight = (term: string) => squares.get(term)!;
  const sizes = new Map(turns.map((turn) => [turn, total([...turn.terms.keys()], weight)]));
  return (a: PreparedTurn, b: PreparedTurn) => {
    const whole = sizes.get(a)! * sizes.get(b)!;
    return whole === 0 ? 0 : total(sharedTerms(a, b), weight) / Math.sqrt(whole);
  };
}

/** Mean cosine of each with the others, by way of their sum: linear in their number. */
function typicality(candidates: readonly PreparedTurn[]): number[] {
  const width = candidates[0]?.vector?.length ?? 0;
  const sum = new Float32Array(width);
  const ofWidth = candidates.filter(({ vector }) => vector?.length === width);
  for (const { vector } of ofWidth) for (let d = 0; d < width; d++) sum[d]! += vector![d]!;
  const others = Math.max(1, ofWidth.length - 1);
  return candidates.map(({ vector }) => (cosine(vector, sum) - cosine(vector, vector)) / others);
}

const bestCosine = (messages: readonly PreparedMessage[], other: PreparedMessage) =>
  messages.reduce((most, { vector }) => Math.max(most, cosine(vector, other.vector)), -1);

const mostOf = <Item>(items: readonly Item[], measure: (item: Item) => number) =>
  items.reduce((most, item) => Math.max(most, measure(item)), 0);

const total = <Item>(items: readonly Item[], measure: (item: Item) => number) =>
  items.reduce((sum, item) => sum + measure(item), 0);
