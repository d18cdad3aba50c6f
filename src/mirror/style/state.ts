import { repeatedPairs } from '../../text/diversity.ts';
import { DAY_MS, DaySums, weekStart } from '../day-sums.ts';
import type { Inference } from '../inference.ts';
import { VarintReader, VarintWriter } from '../varint.ts';
import { type Measured, measure } from './measure.ts';
import { addCounts } from './same-author.ts';
import { type CountName, SLOT, SLOTS } from './slots.ts';

/** Words share a bucket with probability 1 / SPECTRUM; what is computed from them takes that off (diversity.ts). */
const SPECTRUM = 8_192;

/** What a week keeps of the counts. */
export const WEEKLY = [
  ...(['messages', 'words', 'letters', 'sentences', 'syllables', 'longWord', 'functionWord', 'comma'] as const),
  ...(['exclaim', 'question', 'dots', 'emoji', 'emoticon', 'anyLaugh', 'anyI', 'anyYou', 'anyContraction'] as const),
  ...(['sentenceStartsLower', 'messageHasQuestion', 'allCapitals', 'elongated', 'link', 'anyApostrophe'] as const),
] as const satisfies readonly CountName[];
/** Two more: Σ f(f−1) and Σ N(N−1) over the words of each message. */
export const WEEKLY_REPEATS = WEEKLY.length;
export const WEEKLY_PAIRS = WEEKLY.length + 1;

/**
 * How a person writes: whole numbers, so that what is added and taken back, in any order, leaves exactly nothing. It does
 * not fade: `weekly` shows what changed. No word of the person is in it but those of grammar.
 */
export interface StyleState {
  /** a slot each (slots.ts) */
  counts: Float64Array;
  /** how often words of each hash bucket were written */
  spectrum: Float64Array;
  /** sums by week, Monday UTC; bounded by the weeks that a timestamp may name */
  weekly: DaySums;
}

/** The way a person writes. */
export const styleInference: Inference<StyleState> = {
  version: 'style-2',
  empty: () => ({
    counts: new Float64Array(SLOTS),
    spectrum: new Float64Array(SPECTRUM),
    weekly: new DaySums(WEEKLY.length + 2),
  }),

  apply(state, { content, sentAt }, sign) {
    const measured = measure(content);
    addCounts(state.counts, measured.counts, sign);
    for (const hash of measured.wordHashes) state.spectrum[hash % SPECTRUM]! += sign;
    state.weekly.add(weekStart(sentAt), weekOf(measured), sign);
  },

  toBytes({ counts, spectrum, weekly }) {
    const writer = new VarintWriter();
    for (const count of counts) writer.unsigned(count);
    for (const count of spectrum) writer.unsigned(count);
    weekly.write(writer);
    return writer.done();
  },

  fromBytes(bytes) {
    const reader = new VarintReader(bytes);
    const state = this.empty();
    for (let i = 0; i < SLOTS; i++) state.counts[i] = reader.unsigned();
    for (let i = 0; i < SPECTRUM; i++) state.spectrum[i] = reader.unsigned();
    state.weekly.read(reader);
    return state;
  },
};

/** Adds what `from` has seen to `into`. */
export function mergeStyle(into: StyleState, from: StyleState): void {
  addCounts(into.counts, from.counts, 1);
  for (let i = 0; i < SPECTRUM; i++) into.spectrum[i]! += from.spectrum[i]!;
  for (const [week, sums] of from.weekly.rows) into.weekly.add(week * DAY_MS, sums, 1);
}

function weekOf({ counts, wordHashes }: Measured): Float64Array {
  const row = new Float64Array(WEEKLY.length + 2);
  for (let i = 0; i < WEEKLY.length; i++) row[i] = counts[SLOT[WEEKLY[i]!]]!;
  row[WEEKLY_REPEATS] = repeatedPairs(wordHashes);
  row[WEEKLY_PAIRS] = wordHashes.length * (wordHashes.length - 1);
  return row;
}
