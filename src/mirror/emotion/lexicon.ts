import { stemmer } from 'stemmer';
import { lexicon as VALENCES } from 'vader-sentiment/src/vader_lexicon.js';
import { EMOTION_WORDS, EMOTIONS, type Emotion, PHRASES, PICTOGRAPHS } from './emotion-words.ts';

/** What a word, phrase or pictograph carries. */
export interface Charge {
  /** VADER's measure, [-4, 4]; 0: none */
  valence: number;
  /** places in `EMOTIONS` */
  emotions: readonly number[];
}

const NONE: Charge = { valence: 0, emotions: [] };
/** Words are asked for again and again; past this many the memo starts afresh. */
const MEMO = 20_000;
/** No word is longer; the memo shall not hold a message. */
const LONGEST_WORD = 30;
const LATIN_WORD = /^[a-z]+$/;
const placesOf = (emotions: readonly Emotion[]) => emotions.map((emotion) => EMOTIONS.indexOf(emotion));

let memo = new Map<string, Charge>();
const byStem = stemTable();
const phrases = new Map(
  PHRASES.map(([phrase, valence, emotions]) => [phrase, { valence, emotions: placesOf(emotions) }]),
);
const phraseEnds = new Set(PHRASES.map(([phrase]) => phrase.split(' ')[1]!));
const pictographs = new Map(
  PICTOGRAPHS.flatMap(([characters, valence, emotions]) =>
    Array.from(characters, (one) => [one, { valence, emotions: placesOf(emotions) }] as const),
  ),
);

/** What a word or emoticon carries. Lower case, straight apostrophes. */
export function chargeOf(key: string): Charge {
  if (key.length > LONGEST_WORD) return NONE;
  const known = memo.get(key);
  if (known !== undefined) return known;
  if (memo.size >= MEMO) memo = new Map();
  const valence = Object.hasOwn(VALENCES, key) ? VALENCES[key]! : 0;
  const emotions = LATIN_WORD.test(key) ? (byStem.get(stemmer(key)) ?? []) : [];
  const charge = valence === 0 && emotions.length === 0 ? NONE : { valence, emotions };
  memo.set(key, charge);
  return charge;
}

/** What two words carry together, beyond what each does; undefined where they are no phrase. */
export const phraseOf = (before: string, key: string): Charge | undefined =>
  phraseEnds.has(key) ? phrases.get(`${before} ${key}`) : undefined;

/** What a pictograph carries, undefined where it has no entry. One code point. */
export const pictographOf = (character: string): Charge | undefined => pictographs.get(character);

/** Whether the valence lexicon has a piece as it stands, such as ":)". */
export const isEmoticon = (piece: string): boolean => Object.hasOwn(VALENCES, piece);

function stemTable(): Map<string, number[]> {
  const table = new Map<string, number[]>();
  for (const [place, emotion] of EMOTIONS.entries()) {
    for (const word of EMOTION_WORDS[emotion].split(/\s+/)) {
      const stem = stemmer(word);
      const places = table.get(stem) ?? [];
      if (!places.includes(place)) places.push(place);
      table.set(stem, places);
    }
  }
  return table;
}
