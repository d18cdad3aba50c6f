import { languageOf } from '../../text/language.ts';
import { EMOTIONS } from './emotion-words.ts';
import { type Charge, chargeOf, isEmoticon, phraseOf, pictographOf } from './lexicon.ts';
import { cut, type Token } from './tokens.ts';
import { compound } from './valence.ts';
import { BOOSTERS, isNegation } from './valence-words.ts';

/** What one message says of its writer's mood. */
export interface EmotionReading {
  /** ISO 639-1, `und` where it cannot be told */
  language: string;
  /** false: another language than English, so that only pictographs, emoticons and punctuation were read */
  isSupported: boolean;
  /** whether anything in it can be read: a supported language, or a sign that is the same in all of them */
  isReadable: boolean;
  words: number;
  /** VADER's compound valence, -1 to 1 */
  valence: number;
  /** share of each emotion's words, in the order of `EMOTIONS`, [0, 1) */
  emotions: Float64Array;
}

/** Below this another language may as well be two words of English, which are then read as such. */
const SURE_OF_LANGUAGE = 0.5;
/** VADER was made for sentences: longer texts are the mean of their sentences. Tokens. */
const ONE_PIECE = 40;
const SHORTEST_PIECE = 12;
const LONGEST_PIECE = 60;
/** A text of this many words and one word of an emotion has half of it; a longer text needs more such words. */
const USUAL_LENGTH = 20;
const DENIAL_REACH = 3;
const STRONGER = 1.3;
const WEAKER = 0.7;
const DENIED_JOY = 0.5;
const JOY = EMOTIONS.indexOf('joy');
const SADNESS = EMOTIONS.indexOf('sadness');

const NON_ASCII = /[^\p{ASCII}]/u;
const PICTOGRAPH = /\p{Extended_Pictographic}(?:\ufe0f|\u200d|[\u{1f3fb}-\u{1f3ff}])*/gu;
const SIGN = /[:;=<>^(\\]/;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

const NOTHING: Charge = { valence: 0, emotions: [] };

/** Reads one message, in time linear in its length. Any text. */
export function readEmotion(text: string): EmotionReading {
  const { language, confidence } = languageOf(text);
  const isSupported = language === 'en' || confidence < SURE_OF_LANGUAGE;
  const found: Charge[] = [];
  const bare = NON_ASCII.test(text) ? withoutPictographs(text, found) : text;
  const tokens = cut(bare, isEmoticon);
  const charge = isSupported ? chargeOf : (key: string) => (SIGN.test(key) ? chargeOf(key) : NOTHING);
  const words = tokens.reduce((sum, { key }) => sum + Number(LETTER_OR_DIGIT.test(key)), 0);
  const hasSigns = found.length > 0 || tokens.some(({ key }) => SIGN.test(key) && chargeOf(key).valence !== 0);
  return {
    language,
    isSupported,
    isReadable: (isSupported && words > 0) || hasSigns,
    words,
    valence: valenceOfAll(tokens, charge, isSupported, found),
    emotions: emotionsOf(tokens, charge, isSupported, found, words),
  };
}

function withoutPictographs(text: string, found: Charge[]): string {
  return text.replace(PICTOGRAPH, (sign) => {
    const charge = pictographOf(String.fromCodePoint(sign.codePointAt(0)!));
    if (charge !== undefined) found.push(charge);
    return ' ';
  });
}

type ChargeOf = (key: string) => Charge;

function valenceOfAll(tokens: Token[], charge: ChargeOf, isSupported: boolean, found: readonly Charge[]): number {
  const added = found.reduce((sum, { valence }) => sum + valence, 0);
  const valenceOf = (key: string) => charge(key).valence;
  if (tokens.length <= ONE_PIECE) {
    return compound(tokens, valenceOf, added + (isSupported ? phraseValence(tokens, 0, tokens.length) : 0));
  }
  let sum = 0;
  for (let from = 0; from < tokens.length; ) {
    const until = endOfPiece(tokens, from);
    // pictographs are spread over the whole text
    const here = (added * (until - from)) / tokens.length;
    const phrases = isSupported ? phraseValence(tokens, from, until) : 0;
    sum += (until - from) * compound(tokens.slice(from, until), valenceOf, here + phrases);
    from = until;
  }
  return sum / tokens.length;
}

function endOfPiece(tokens: readonly Token[], from: number): number {
  let until = from + 1;
  while (until < tokens.length && until - from < LONGEST_PIECE) {
    if (until - from >= SHORTEST_PIECE && tokens[until - 1]!.isEnd) break;
    until++;
  }
  return until;
}

function phraseValence(tokens: readonly Token[], from: number, until: number): number {
  let sum = 0;
  for (let i = from + 1; i < until; i++) sum += phraseOf(tokens[i - 1]!.key, tokens[i]!.key)?.valence ?? 0;
  return sum;
}

function emotionsOf(
  tokens: readonly Token[],
  charge: ChargeOf,
  isSupported: boolean,
  found: readonly Charge[],
  words: number,
): Float64Array {
  const sums = new Float64Array(EMOTIONS.length);
  for (const { emotions } of found) for (const place of emotions) sums[place]! += 1;
  for (let i = 0; i < tokens.length; i++) {
    const { emotions } = charge(tokens[i]!.key);
    if (emotions.length > 0) addWord(sums, emotions, tokens, i);
    const phrase = isSupported && i > 0 ? phraseOf(tokens[i - 1]!.key, tokens[i]!.key) : undefined;
    if (phrase !== undefined) for (const place of phrase.emotions) sums[place]! += 1;
  }
  const length = Math.sqrt(Math.max(1, words / USUAL_LENGTH));
  return sums.map((sum) => 1 - 2 ** (-sum / length));
}

/** A degree word before it changes the amount; a denied emotion is not felt, and denied joy is half a sadness. */
function addWord(sums: Float64Array, emotions: readonly number[], tokens: readonly Token[], at: number): void {
  let amount = 1;
  let isDenied = false;
  for (let back = 1; back <= DENIAL_REACH && back <= at; back++) {
    const { key, isEnd } = tokens[at - back]!;
    if (isEnd) break;
    const degree = BOOSTERS.get(key) ?? 0;
    if (back === 1 && degree !== 0) amount = degree > 0 ? STRONGER : WEAKER;
    if (isNegation(key)) isDenied = true;
  }
  for (const place of emotions) {
    if (!isDenied) sums[place]! += amount;
    else if (place === JOY) sums[SADNESS]! += DENIED_JOY * amount;
  }
}
