import type { Group } from './rates.ts';
import trained from './weights.json' with { type: 'json' };

/** What `npm run train:style` learns; one number a rate, in the order of `RATES`. */
export interface StyleWeights {
  version: string;
  rates: {
    /** share in [0, 1] among the training authors */
    usual: readonly number[];
    /** where chat stands, from `usual` */
    mean: readonly number[];
    /** variance between authors; 0: says nothing */
    between: readonly number[];
    /** variance between occasions of one author */
    within: readonly number[];
    /** sampling variance, times 4n */
    noise: readonly number[];
  };
  /** how much of a group's evidence counts: below 1 because its rates hang together */
  groups: Readonly<Record<Group, number>>;
  /**
   * Logit of "same author" at even odds: bias + Σ (slope + slopeBySize·size)·evidence + bySize·size over the readings of
   * a comparison, size = ln(words / 15).
   */
  calibration: { bias: number; slope: number; slopeBySize: number; bySize: number };
  /** an alarm below this logit, by the words of the message, where the person's own messages are too few */
  alarm: readonly { words: number; below: number }[];
}

export const STYLE_WEIGHTS: StyleWeights = trained;
