import { joinMessages } from '../../src/dialogue/join-messages.ts';
import { type DialogueModel, shippedModel } from '../../src/dialogue/model.ts';
import type { Turn } from '../../src/dialogue/turn.ts';
import { turnFit } from '../../src/dialogue/turn-fit.ts';
import { expectedCalibrationError } from '../../src/statistics/calibration.ts';
import type { HiddenTurn } from './dialogues.ts';

/** One hidden turn as a ranking judged it. */
export interface Judged {
  set: HiddenTurn['set'];
  /** rank of the gold turn from 1, ties at their middle */
  rank: number;
  /** chance that a ranking that breaks ties at random has the gold turn first */
  first: number;
  /** of the best candidate, and whether it is the gold turn; ties as in `first` */
  confidence: number;
}

/** Where the gold candidate comes, by scores of which more is better. */
export function placeOf(scores: ArrayLike<number>, gold: number): { rank: number; first: number } {
  let [above, equal] = [0, 0];
  for (let i = 0; i < scores.length; i++) {
    if (scores[i]! > scores[gold]!) above++;
    else if (scores[i] === scores[gold]) equal++;
  }
  return { rank: above + (equal + 1) / 2, first: above > 0 ? 0 : 1 / equal };
}

/** The messages of a turn of the data: its lines, which their speaker sent one by one. */
export const messagesOf = (text: string): string[] => {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? [text] : lines;
};

/** A turn of the data as the product has it: joined of messages that were embedded one by one. */
export const turnOf = (text: string, vectors: ReadonlyMap<string, Float32Array>): Turn =>
  joinMessages(messagesOf(text).map((line) => ({ text: line, vector: vectors.get(line) ?? null })));

export interface JudgeOptions {
  /** of each message */
  vectors: ReadonlyMap<string, Float32Array>;
  embeddingModel: string;
  /** left out: the shipped ones */
  weights?: DialogueModel;
  /** whether what came after is seen */
  isAfterSeen: boolean;
}

/** The product's own ranking of one hidden turn. */
export function judge(item: HiddenTurn, { vectors, embeddingModel, weights, isAfterSeen }: JudgeOptions): Judged {
  const turn = (text: string) => turnOf(text, vectors);
  const fit = turnFit(
    { before: item.before.map(turn), after: isAfterSeen ? item.after.map(turn) : [] },
    item.candidates.map(turn),
    { model: embeddingModel, weights: weights ?? shippedModel() },
  );
  return { set: item.set, ...placeOf(fit.scores, item.gold), confidence: fit.confidence };
}

export const recallAtOne = (judged: readonly Judged[]): number => mean(judged.map(({ first }) => first));
export const meanReciprocalRank = (judged: readonly Judged[]): number => mean(judged.map(({ rank }) => 1 / rank));
export const calibrationErrorOf = (judged: readonly Judged[]): number =>
  expectedCalibrationError(
    judged.map(({ confidence }) => confidence),
    judged.map(({ first }) => first),
  );

/** How many of the tenth that it was surest of were right. */
export function topDecileAccuracy(judged: readonly Judged[]): number {
  const surest = judged.toSorted((a, b) => b.confidence - a.confidence).slice(0, Math.ceil(judged.length / 10));
  return recallAtOne(surest);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
