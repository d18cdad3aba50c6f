/**
 * Where a talk stands (it opens, a greeting was answered, it ends, ...) and what a turn does there. A table of the two
 * tells that nobody greets twice, or parts when asked how they are. It is learned where the ranking is, since what counts
 * is the whole turn before and the one before that, which pairs of neighbours (`cues.ts`) do not show. Only what stands
 * before is looked at. English; in another language nothing matches but marks and lengths.
 */

const GREETING = /^\W*(?:oh |well )?(?:hi|hello|hey|good (?:morning|afternoon|evening)|happy new year|hope you)\b/i;
const STATE_QUESTION =
  /\bhow(?:'s| is| was| has| are| r|'re)? (?:you|u|things|it going|everything|your (?:day|week|weekend|evening|morning|night))\b|\bhows (?:it|your)\b|\bhow have you been\b|\bwhat(?:'s up| is up|'s new)\b|\bwhat have you been\b|\b(?:what|anything|something|any)\b[^.!?]*\b(?:today|yesterday|lately|tonight|this weekend|these days|for the day)\b[^.!?]*\?|what about you|how about you/i;
const STATE_ANSWER =
  /\b(?:i'?m|i am|doing|been|feeling|day was|day has been|it's going) (?:also |just |quite |pretty |really |doing |feeling |very |so |fine )*(?:good|great|well|fine|ok(?:ay)?|better|tired|busy|amazing|fantastic|awesome)\b|\bfor asking\b|\bnot much\b|\bcheck(?:ing|ed) in\b/i;
const NEWS =
  /\b(?:today|yesterday|tonight|this (?:morning|afternoon|evening|week|weekend)|last (?:night|week|weekend)|just (?:got|came|finished|had|went|been)|been (?:busy|working|studying|exploring)|my day|was on my way|i went|i came)\b/i;
const PARTING =
  /\b(?:bye|goodbye|good ?night|see (?:you|ya)|talk (?:to you )?(?:later|soon|tomorrow)|speak soon|catch up (?:soon|tomorrow|later)|have a (?:good|nice|great|lovely|wonderful|fantastic)|take care|talking to you|chatting with you)\b/i;
const REACTION =
  /^\W*(?:(?:oh|ah|haha|aw+)\W+)*(?:(?:wow|haha)\b|(?:that|it|this|those|these)(?:'s| is| are| was| sounds?| looks?| must)\b|sounds\b|amazing|awesome|nice|great|cool|lovely|beautiful|congrat|interesting|incredible|absolutely|definitely|i love that)/i;
const QUESTION = /\?/;
const PICTURE = /\b(?:photos?|pictures?|pics?)\b/i;
const THANKS = /\bthank/i;
const ENDS_ASKING = /\?\W*$/;

const MOVES = [
  ['greets', GREETING],
  ['asks_state', STATE_QUESTION],
  ['tells_state', STATE_ANSWER],
  ['tells_news', NEWS],
  ['parts', PARTING],
  ['reacts', REACTION],
  ['asks', QUESTION],
  ['pictures', PICTURE],
  ['thanks', THANKS],
  ['ends_asking', ENDS_ASKING],
] as const;
/** In words: at most this is a short turn, more than that a long one. */
const SHORT = 8;
const LONG = 40;

type Move = (typeof MOVES)[number][0] | 'short' | 'long';
export type Moves = Readonly<Record<Move, boolean>>;
const MOVE_NAMES: readonly Move[] = [...MOVES.map(([name]) => name), 'short', 'long'];
export const MOVE_COUNT = MOVE_NAMES.length;

/** What a turn does, as far as its surface tells. */
export function movesOf(text: string): Moves {
  const plain = text.replaceAll('’', "'");
  const length = plain.split(/\s+/).filter((word) => word !== '').length;
  const said = Object.fromEntries(MOVES.map(([name, pattern]) => [name, pattern.test(plain)]));
  return { ...said, short: length <= SHORT, long: length > LONG } as Moves;
}

const NOTHING = Object.fromEntries(MOVE_NAMES.map((name) => [name, false])) as Moves;

/** By what the other said last, what was said before that (mostly by whoever speaks now), and the two turns before. */
type Stage = (last: Moves, own: Moves, third: Moves, fourth: Moves) => boolean;

/** In the order of the learned tables. */
const STAGES: readonly Stage[] = [
  // greeted, and has not greeted; has greeted
  (last, own) => last.greets && !own.greets,
  (_, own) => own.greets,
  // asked how they are: at all, in few words, after their greeting; told how the other is
  (last) => last.asks_state,
  (last) => last.asks_state && !last.long,
  (last, own) => last.asks_state && own.greets,
  (last) => last.tells_state,
  // the other parts; they parted; they asked how the other is
  (last) => last.parts,
  (_, own) => own.parts,
  (_, own) => own.asks_state,
  // in the middle of something
  (last, own) => ![last.greets, own.greets, last.parts, own.parts, last.asks_state].includes(true),
  // asked last of all; shown a picture; said little
  (last) => last.ends_asking,
  (last) => last.pictures,
  (last) => last.short,
  // greetings lie a little back
  (last, own, third, fourth) => (third.greets || fourth.greets) && !own.greets && !last.greets,
  (last) => last.tells_news,
];
export const STAGE_COUNT = STAGES.length;

/** Rows and columns of what holds, in a table [STAGE_COUNT, MOVE_COUNT]. */
export interface StageMoves {
  stages: number[];
  /** of each candidate */
  moves: number[][];
}

/** @param before texts of what stands before, nearest first; without any, no stage holds */
export function stageMoves(before: readonly string[], candidates: readonly string[]): StageMoves {
  const [last, own, third, fourth] = [0, 1, 2, 3].map((i) => (before[i] === undefined ? NOTHING : movesOf(before[i])));
  return {
    stages: before.length === 0 ? [] : placesOf(STAGES, (stage) => stage(last!, own!, third!, fourth!)),
    moves: candidates.map((text) => {
      const moves = movesOf(text);
      return placesOf(MOVE_NAMES, (name) => moves[name]);
    }),
  };
}

const placesOf = <Item>(items: readonly Item[], holds: (item: Item) => boolean) =>
  items.flatMap((item, i) => (holds(item) ? [i] : []));
