import { DaySums, fixed } from '../day-sums.ts';
import type { Inference } from '../inference.ts';
import { VarintReader, VarintWriter } from '../varint.ts';
import { EMOTIONS } from './emotion-words.ts';
import { type EmotionReading, readEmotion } from './read-emotion.ts';

/** What is followed over time: VADER's valence, and the eight emotions. */
export const DIMENSIONS = ['valence', ...EMOTIONS] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** A day's sums: messages that could be read, their words, then value and square of each dimension in thousandths. */
export const DAY_WIDTH = 2 + 2 * DIMENSIONS.length;
export const MESSAGES = 0;
export const WORDS = 1;
export const sumAt = (dimension: number): number => 2 + 2 * dimension;
export const squareAt = (dimension: number): number => 3 + 2 * dimension;

/** Exact sums by day and messages by language; what is shown is computed from them for a moment. */
export interface EmotionState {
  days: DaySums;
  /** ISO 639-1 → messages */
  languages: Map<string, number>;
  /** messages in which nothing could be read */
  unread: number;
}

/** The mood of a person's messages. */
export const emotionInference: Inference<EmotionState> = {
  version: 'emotion-1',
  empty: () => ({ days: new DaySums(DAY_WIDTH), languages: new Map(), unread: 0 }),

  apply(state, { content, sentAt }, sign) {
    const reading = readEmotion(content);
    const messages = (state.languages.get(reading.language) ?? 0) + sign;
    if (messages === 0) state.languages.delete(reading.language);
    else state.languages.set(reading.language, messages);
    if (reading.isReadable) state.days.add(sentAt, rowOf(reading), sign);
    else state.unread += sign;
  },

  toBytes({ days, languages, unread }) {
    const writer = new VarintWriter();
    writer.signed(unread);
    writer.unsigned(languages.size);
    for (const [language, messages] of [...languages].sort()) {
      writer.text(language);
      writer.signed(messages);
    }
    days.write(writer);
    return writer.done();
  },

  fromBytes(bytes) {
    const reader = new VarintReader(bytes);
    const state = this.empty();
    state.unread = reader.signed();
    for (let left = reader.unsigned(); left > 0; left--) state.languages.set(reader.text(), reader.signed());
    state.days.read(reader);
    return state;
  },
};

function rowOf({ words, valence, emotions }: EmotionReading): Float64Array {
  const row = new Float64Array(DAY_WIDTH);
  row[MESSAGES] = 1;
  row[WORDS] = words;
  for (let i = 0; i < DIMENSIONS.length; i++) {
    const value = i === 0 ? valence : emotions[i - 1]!;
    row[sumAt(i)] = fixed(value);
    row[squareAt(i)] = fixed(value * value);
  }
  return row;
}
