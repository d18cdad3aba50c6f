import { normalise } from '../../text/normalise.ts';

/** Joiners, skin tones and selectors that one phone writes and another leaves out. */
const RENDERING = /[\u{1f3fb}-\u{1f3ff}]|[\u200b-\u200f\u2060]|\ufe0e|\ufe0f/gu;
/** Anything but letters, digits, marks and pictographs: punctuation that phones "correct", and white space. */
const BETWEEN = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}]+/gu;
/** Placeholders of a picture or file: exports name them differently. */
const ATTACHMENT =
  /^(?:[\p{L} ]{0,20} ?(?:omitted|weggelassen|omitido|omise?|omesso|attached).*|(?:img|vid|ptt|aud|doc|stk)[ \d]+wa\d+.*|.*photo [\d ]+(?:jpe?g|png|opus|mp4))$/u;

/**
 * What two exports of one message have in common: words without case, accents, punctuation and white space, pictographs
 * without skin tones. A message of nothing but punctuation stays as it is.
 */
export function turnKey(content: string): string {
  const plain = normalise(content.replace(RENDERING, '')).replace(BETWEEN, ' ').trim();
  if (plain === '') return content.replace(/\s+/g, '');
  return ATTACHMENT.test(plain) ? '\u0000attachment' : plain;
}
