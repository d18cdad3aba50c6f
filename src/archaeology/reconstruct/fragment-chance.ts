import { sigmoid } from '../../statistics/calibration.ts';
import { tokenize } from '../../text/tokenize.ts';
import type { Fragment } from '../fragments/fragment.ts';
import shipped from './calibration.json' with { type: 'json' };
import type { Place } from './ports.ts';

/** The answer to what is missing is one of the first messages after it. */
const NEAR = 2;
/** Set by hand: no development data holds quoted lines. */
const QUOTED_LINE_HOLDS = 0.8;
const QUOTED_LINE_STRENGTH = 0.95;
/** What bears on whether a missing message held the words of a fragment, in the order of the weights. */
export const FRAGMENT_FEATURES = [
  'quote',
  'report',
  'restatement',
  'reply',
  // right after the gap, for what is said of it and for what only shares words with it
  'quote near',
  'spoken near',
  'shared near',
  'strength of shared',
  'log terms',
  'log missing',
  'writer unknown',
] as const;

export interface FragmentSetting {
  place: Pick<Place, 'after'>;
  /** messages thought to be missing */
  missing: number;
  speaker: string | null;
}

/** @returns [FRAGMENT_FEATURES] */
export function fragmentFeatures(fragment: Fragment, { place, missing, speaker }: FragmentSetting): Float32Array {
  const { kind, strength } = fragment;
  const near = Number(isNear(fragment, place));
  const isShared = Number(kind === 'reply' || kind === 'echo');
  return Float32Array.of(
    Number(kind === 'quote'),
    Number(kind === 'report'),
    Number(kind === 'restatement'),
    Number(kind === 'reply'),
    near * Number(kind === 'quote'),
    near * Number(kind === 'report' || kind === 'restatement'),
    near * isShared,
    strength * isShared,
    Math.log1p(tokenize(fragment.text).length),
    Math.log(missing),
    Number(speaker === null),
  );
}

/**
 * Chance that a missing message held the fragment's words: at least half of those that carry content. Logistic, learned
 * by `scripts/train-reconstruction.ts` from turns that were hidden in real chats.
 */
export function fragmentChance(fragment: Fragment, setting: FragmentSetting): number {
  if (isQuotedLine(fragment)) return QUOTED_LINE_HOLDS;
  const { bias, weights } = shipped.fragments;
  return sigmoid(fragmentFeatures(fragment, setting).reduce((sum, x, i) => sum + weights[i]! * x, bias));
}

/** One of the first messages after the place holds it. */
export const isNear = ({ messageId }: Fragment, { after }: Pick<Place, 'after'>): boolean =>
  after.slice(0, NEAR).some(({ id }) => id === messageId);

/** A line behind ">" stands there whole; what is in quotation marks is as often a title or a part. */
export const isQuotedLine = ({ kind, strength }: Fragment): boolean =>
  kind === 'quote' && strength >= QUOTED_LINE_STRENGTH;
