import { cosine } from '../dialogue/cosine.ts';
import { softmax } from '../dialogue/turn-fit.ts';
import { sameText } from '../text/same-text.ts';
import type { Decision, PastReply } from './prediction/ports.ts';

/** How much a unit of cosine tells replies apart. */
const SHARPNESS = 8;

/**
 * The nearest neighbour: each candidate is as likely as it is like what the person replied in the likest places.
 *
 * @param past nearest place first
 */
export function nearness(
  candidates: readonly { text: string; vector: Float32Array | null }[],
  past: readonly PastReply[],
): number[] {
  return candidates.map(({ text, vector }) => {
    const key = sameText(text);
    return past.reduce((most, { turn }, i) => {
      const likeness = sameText(turn.text) === key ? 1 : cosine(turn.vector, vector);
      return Math.max(most, likeness / (1 + i));
    }, 0);
  });
}

/** Probabilities by nearness alone. */
export const byNearness = (values: readonly number[]): number[] => [
  ...softmax(values.map((value) => SHARPNESS * value)),
];

/** How often each option was chosen before, whatever the question was. */
export function timesChosen(options: readonly string[], past: readonly Decision[]): number[] {
  return options.map((option) => past.filter(({ choice }) => sameText(choice) === sameText(option)).length);
}

/** Probabilities by frequency alone, smoothed by one. */
export function byFrequency(counts: readonly number[]): number[] {
  const whole = counts.reduce((sum, count) => sum + count + 1, 0);
  return counts.map((count) => (count + 1) / whole);
}

/** The option that was chosen in the likest decision has 1, the others 0; no option without vectors. */
export function nearestChoice(
  options: readonly string[],
  vector: Float32Array | null,
  past: readonly Decision[],
): number[] {
  let [best, likeness] = ['', 0];
  for (const decision of past) {
    const found = cosine(decision.vector, vector);
    if (found > likeness && options.some((option) => sameText(option) === sameText(decision.choice))) {
      [best, likeness] = [decision.choice, found];
    }
  }
  return options.map((option) => Number(best !== '' && sameText(option) === sameText(best)));
}
