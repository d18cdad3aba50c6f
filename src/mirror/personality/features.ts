import { hashOf } from '../../text/hashed-grams.ts';
import { WORD_CATEGORIES } from './word-categories.ts';

/** Counted in every language, because they are marks and shapes, not words. Each is a count over the text. */
export const SURFACE_FEATURES = [
  'messages',
  'letters',
  'capitals',
  'shouted', // words of two capitals or more
  'digits',
  'comma',
  'full_stop',
  'exclamation',
  'question',
  'semicolon',
  'colon',
  'quote',
  'apostrophe',
  'bracket',
  'dash',
  'slash',
  'money_sign',
  'ampersand',
  'ellipsis',
  'mention',
  'tag',
  'link',
  'emoji',
  'line_break',
] as const;

const CATEGORIES = Object.keys(WORD_CATEGORIES);
/** Counted in English alone. */
export const WORD_FEATURES = [...CATEGORIES, 'long', 'very_long', '_ing', '_ly', '_ed', '_tion', 'contracted'] as const;

export const SURFACE = SURFACE_FEATURES.length;
export const DENSE = SURFACE + WORD_FEATURES.length;
/** Words, and runs of four characters, by hash: a power of two each. */
export const WORD_BUCKETS = 4096;
export const GRAM_BUCKETS = 4096;
const GRAM = 4;

/** A saved state and the weights are of one layout: raise it when anything in this file or the categories changes. */
export const LAYOUT = 'features-1';
/** What a text is counted into; all counts are whole, so that what is added can be taken back. */
export const FEATURES = DENSE + WORD_BUCKETS + GRAM_BUCKETS;

/** Counts of one text. */
export interface TextFeatures {
  /** words of letters, in any script that spaces them */
  words: number;
  /** [DENSE]: surface features, then word features */
  dense: Float64Array;
  /** positions in [DENSE, FEATURES), with repeats: words, then runs of characters */
  buckets: Uint32Array;
}

const WORD = /[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*/gu;
const NOISE = /(?:https?:\/\/|www\.)\S+|[@#]\w+/g;
const SHOUTED = /^[A-Z]{2,}$/;
const EMOJI = /\p{Extended_Pictographic}|[:;=]-?[)(DPp]/gu;
const NOT_PLAIN = /[^\u0020-\u007e]/;

const categoriesOf = new Map<string, number[]>();
for (const [i, list] of Object.values(WORD_CATEGORIES).entries()) {
  for (const word of list.split(' ')) {
    const before = categoriesOf.get(word);
    if (before === undefined) categoriesOf.set(word, [SURFACE + i]);
    else before.push(SURFACE + i);
  }
}
const FIRST_SHAPE = SURFACE + CATEGORIES.length;
const at = (name: (typeof SURFACE_FEATURES)[number]): number => SURFACE_FEATURES.indexOf(name);
const [LETTERS, CAPITALS, SHOUT, ELLIPSIS, MENTION, TAG, LINK, EMOJIS] = [
  at('letters'),
  at('capitals'),
  at('shouted'),
  at('ellipsis'),
  at('mention'),
  at('tag'),
  at('link'),
  at('emoji'),
];
/** code unit → surface feature, for what one character decides */
const MARKS = marks();

/**
 * Counts a text. Links, names behind @ and tags are counted and then left out of the words.
 * @param isEnglish otherwise only the surface is counted
 */
export function featuresOf(text: string, isEnglish: boolean): TextFeatures {
  const dense = new Float64Array(DENSE);
  dense[0] = 1;
  const plain = countNoise(text, dense);
  countMarks(plain, dense);
  const words = plain.match(WORD) ?? [];
  for (const word of words) if (SHOUTED.test(word)) dense[SHOUT]!++;
  if (!isEnglish) return { words: words.length, dense, buckets: new Uint32Array(0) };
  const lower = plain.toLowerCase();
  return { words: words.length, dense, buckets: countWords(lower, dense) };
}

function countNoise(text: string, dense: Float64Array): string {
  if (!text.includes('@') && !text.includes('#') && !text.includes('http') && !text.includes('www.')) return text;
  return text.replace(NOISE, (found) => {
    dense[found.startsWith('@') ? MENTION! : found.startsWith('#') ? TAG! : LINK!]!++;
    return ' ';
  });
}

function countMarks(plain: string, dense: Float64Array): void {
  for (let i = 0; i < plain.length; i++) {
    const unit = plain.charCodeAt(i);
    if (unit < 128) {
      const feature = MARKS[unit]!;
      if (feature === 0) continue;
      dense[feature]!++;
      if (feature === CAPITALS) dense[LETTERS!]!++;
    } else if (unit === 0x2019) dense[at('apostrophe')]!++;
    else if (unit === 0x2026) dense[ELLIPSIS!]!++;
  }
  for (let i = plain.indexOf('...'); i !== -1; i = plain.indexOf('...', i + 3)) dense[ELLIPSIS!]!++;
  if (NOT_PLAIN.test(plain) || plain.includes(':') || plain.includes(';') || plain.includes('=')) {
    dense[EMOJIS!]! += plain.match(EMOJI)?.length ?? 0;
  }
}

/** @returns hashed positions; the dense word features are counted beside */
function countWords(lower: string, dense: Float64Array): Uint32Array {
  const words = lower.replaceAll('’', "'").match(WORD) ?? [];
  const hashed: number[] = [];
  for (const word of words) {
    hashed.push(DENSE + (hashOf(word) & (WORD_BUCKETS - 1)));
    for (const category of categoriesOf.get(word) ?? []) dense[category]!++;
    countShape(word, dense);
  }
  const line = ` ${words.join(' ')} `;
  for (let i = 0; i + GRAM <= line.length; i++) {
    hashed.push(DENSE + WORD_BUCKETS + (hashOf(line.slice(i, i + GRAM)) & (GRAM_BUCKETS - 1)));
  }
  return Uint32Array.from(hashed);
}

function countShape(word: string, dense: Float64Array): void {
  if (word.length >= 6) dense[FIRST_SHAPE]!++;
  if (word.length >= 9) dense[FIRST_SHAPE + 1]!++;
  if (word.endsWith('ing')) dense[FIRST_SHAPE + 2]!++;
  else if (word.endsWith('ly')) dense[FIRST_SHAPE + 3]!++;
  else if (word.endsWith('ed')) dense[FIRST_SHAPE + 4]!++;
  else if (word.endsWith('tion')) dense[FIRST_SHAPE + 5]!++;
  if (word.includes("'")) dense[FIRST_SHAPE + 6]!++;
}

function marks(): Uint8Array {
  const table = new Uint8Array(128);
  const set = (characters: string, name: (typeof SURFACE_FEATURES)[number]) => {
    for (const character of characters) table[character.charCodeAt(0)] = at(name);
  };
  set('abcdefghijklmnopqrstuvwxyz', 'letters');
  set('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'capitals');
  set('0123456789', 'digits');
  set(',', 'comma');
  set('.', 'full_stop');
  set('!', 'exclamation');
  set('?', 'question');
  set(';', 'semicolon');
  set(':', 'colon');
  set('"', 'quote');
  set("'", 'apostrophe');
  set('()[]', 'bracket');
  set('-', 'dash');
  set('/', 'slash');
  set('$', 'money_sign');
  set('&', 'ampersand');
  set('\n', 'line_break');
  return table;
}
