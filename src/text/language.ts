import { detectAll } from 'tinyld/light';
import { sigmoid } from '../statistics/calibration.ts';

/** What a text is written in. */
export interface Language {
  /** ISO 639-1, `und` where it cannot be told */
  language: string;
  /** probability that `language` is right, in [0, 1]; 0 for `und` */
  confidence: number;
}

const UNKNOWN: Language = { language: 'und', confidence: 0 };
/** Enough to tell, and a bound on the time: the n-grams cost a microsecond a character. UTF-16 units. */
const READ = 400;
const READ_NGRAMS = 160;
/** Below this the guess is not given. */
const FLOOR = 0.4;
/**
 * Confidence of the detector's first guess: a logistic model of how sure it is and how far the second guess lies
 * behind. Fitted to pieces of 2 to 16 words of the Universal Declaration of Human Rights in 30 languages, six of them
 * unknown to the detector; calibration error 0.03 on the same pieces.
 */
const CONFIDENCE = { bias: 2.0, sure: 0.79, lead: 0.01 };
const TINY = 1e-4;

const NOISE = /\b(?:https?:\/\/|www\.)\S+|\b[\w.+-]{1,64}@\S+|[@#]\w+|\d+/g;
const LETTER = /\p{L}/u;
const THREE_LETTERS = /(?:\p{L}\P{L}*){3}/u;
/** "sooooo" */
const DRAWN_OUT = /(.)\1{2,}/g;
const LATIN_WORD = /[a-z\u00c0-\u024f]+(?:['’][a-z]+)?/gi;
/** Letters of one language (nearly) alone, among them languages the detector does not know: first and last code unit. */
const SIGNS: readonly (readonly [from: number, to: number, language: string])[] = [
  [0x0111, 0x0111, 'vi'], // đ
  [0x011b, 0x011b, 'cs'], // ě
  [0x0159, 0x0159, 'cs'], // ř
  [0x016f, 0x016f, 'cs'], // ů
  [0x01a1, 0x01a1, 'vi'], // ơ
  [0x01b0, 0x01b0, 'vi'], // ư
  [0x0370, 0x03ff, 'el'],
  [0x0454, 0x0454, 'uk'], // є
  [0x0456, 0x0457, 'uk'], // і ї
  [0x0491, 0x0491, 'uk'], // ґ
  [0x0530, 0x058f, 'hy'],
  [0x0590, 0x05ff, 'he'],
  [0x067e, 0x067e, 'fa'], // پ
  [0x0686, 0x0686, 'fa'], // چ
  [0x0698, 0x0698, 'fa'], // ژ
  [0x06af, 0x06af, 'fa'], // گ
  [0x0980, 0x09ff, 'bn'],
  [0x0b80, 0x0bff, 'ta'],
  [0x0c00, 0x0c7f, 'te'],
  [0x0e00, 0x0e7f, 'th'],
  [0x10a0, 0x10ff, 'ka'],
  [0x1ea0, 0x1ef9, 'vi'],
  [0x3040, 0x30ff, 'ja'],
  [0x4e00, 0x9fff, 'zh'],
  [0xac00, 0xd7af, 'ko'],
];
const NOT_LATIN_1 = /[\u0100-\uffff]/;
/** English words that are frequent and that no other language of the detector has. */
const ENGLISH = new Set(
  `the and of is it you that this was with have are for my what they were been would could should i'm it's don't you're
  i've i'll that's can't didn't there their them his her she he which who when where how why about because from had has
  did does not but your our out just get got know think really thanks thank yes yeah will going want`.split(/\s+/),
);
/** Two such words, one word in six. */
const ENGLISH_HITS = 2;
const ENGLISH_SHARE = 1 / 6;
/** Share of the letters from which a script decides, and from which kana (Japanese is mostly Han) or a marked letter does. */
const SCRIPT_SHARE = 0.2;
const MARK_SHARE = 0.02;
const MARKED = ['ja', 'uk', 'fa', 'vi', 'cs'];

/**
 * The language of a text: by script where a script has one language, else by the n-grams of tinyld's light profile
 * (24 languages; a language outside them may be taken for a neighbour). Links, addresses, names behind @ and # and
 * digits say nothing. Reads the first 400 characters. Danish passes for Norwegian.
 */
export function languageOf(text: string): Language {
  const plain = (text.length > READ ? text.slice(0, READ) : text).replace(NOISE, ' ');
  if (!LETTER.test(plain)) return UNKNOWN;
  const bySign = NOT_LATIN_1.test(plain) ? languageOfSigns(plain.toLowerCase()) : null;
  if (bySign !== null) return { language: bySign, confidence: 0.95 };
  return isEnglish(plain) ? { language: 'en', confidence: 0.99 } : byNgrams(plain);
}

function languageOfSigns(plain: string): string | null {
  const found = new Map<string, number>();
  let letters = 0;
  for (let i = 0; i < plain.length; i++) {
    const unit = plain.charCodeAt(i);
    if (unit > 0x40 && unit !== 0x7f && (unit < 0x2000 || unit > 0x206f)) letters++;
    const language = unit < 0x100 ? undefined : SIGNS.find(([, to]) => unit <= to);
    if (language !== undefined && unit >= language[0]) found.set(language[2], (found.get(language[2]) ?? 0) + 1);
  }
  const share = (language: string) => (found.get(language) ?? 0) / letters;
  return (
    MARKED.find((language) => share(language) >= MARK_SHARE) ??
    [...found.keys()].find((language) => share(language) >= SCRIPT_SHARE) ??
    null
  );
}

/** Spares the n-grams for what most people here write. */
function isEnglish(plain: string): boolean {
  let words = 0;
  let hits = 0;
  for (const [word] of plain.matchAll(LATIN_WORD)) {
    words++;
    if (ENGLISH.has(word.toLowerCase().replace('’', "'"))) hits++;
  }
  return hits >= ENGLISH_HITS && hits >= ENGLISH_SHARE * words;
}

function byNgrams(plain: string): Language {
  const short = plain.slice(0, READ_NGRAMS).replace(DRAWN_OUT, '$1$1');
  if (!THREE_LETTERS.test(short)) return UNKNOWN;
  const [first, second] = detectAll(short);
  if (first === undefined || first.accuracy < TINY) return UNKNOWN;
  const { bias, sure, lead } = CONFIDENCE;
  const ahead = Math.log((first.accuracy + TINY) / ((second?.accuracy ?? 0) + TINY));
  const confidence = sigmoid(bias + sure * Math.log(first.accuracy + TINY) + lead * ahead);
  return confidence < FLOOR ? UNKNOWN : { language: first.lang, confidence };
}
