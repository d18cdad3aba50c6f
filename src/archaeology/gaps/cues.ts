import { normalise } from '../../text/normalise.ts';
import { termsOf, words } from '../../text/tokenize.ts';
import {
  FAREWELL_PAIRS,
  FAREWELLS,
  GREETINGS,
  PICTURE,
  PICTURE_TALK,
  PICTURE_WORDS,
  QUESTION_WORDS,
  REFERENCE,
  REFERENCE_WORDS,
  REPLIES,
} from './cue-words.ts';
import { isDeletionMark } from './deletion-marks.ts';

/** What a message's words show of its place in a conversation: bits of `Cues.flags`. */
export const CUE = {
  /** asks, and the question stands at the end */
  asksLast: 1,
  asks: 2,
  greets: 4,
  leaves: 8,
  replies: 16,
  refersBack: 32,
  talksOfPicture: 64,
  picture: 128,
  deletionMark: 256,
} as const;

export interface Cues {
  flags: number;
  /** distinct content words as numbers below `TERM_BUCKETS`; different words may meet */
  terms: readonly number[];
  /** words in all */
  length: number;
}

export const TERM_BUCKETS = 1 << 14;
/** What must stand before a word for it to take leave; null: nothing. */
const LEAVING = new Map<string, Set<string> | null>();
for (const pair of FAREWELL_PAIRS) {
  const [first, second] = pair.split('_') as [string, string];
  LEAVING.set(second, (LEAVING.get(second) ?? new Set()).add(first));
}
for (const word of FAREWELLS) LEAVING.set(word, null);
const ASKS = /[?？؟¿]/;
const ASKS_LAST = /[?？؟][^.!?。！]{0,12}$/;
/** Long texts are read at their ends: what opens and closes them. */
const READ_CHARACTERS = 1_200;
const HEAD_WORDS = 3;
const TAIL_WORDS = 12;

export function cuesOf(content: string): Cues {
  const text = content.length <= READ_CHARACTERS ? content : shortened(content);
  const cut = words(text);
  let flags = ASKS.test(text) ? CUE.asks : 0;
  if (flags !== 0 && ASKS_LAST.test(text.trimEnd())) flags |= CUE.asksLast;
  const first = cut[0] ?? '';
  if (flags === 0 && cut.length <= 12 && QUESTION_WORDS.has(first)) flags |= CUE.asks;
  if (cut.slice(0, HEAD_WORDS).some((word) => GREETINGS.has(word))) flags |= CUE.greets;
  if (takesLeave(cut)) flags |= CUE.leaves;
  if (REPLIES.has(first)) flags |= CUE.replies;
  // the expressions are slow, the words that they need are rare
  let [mayRefer, mayShow] = [false, false];
  for (const word of cut) {
    if (REFERENCE_WORDS.has(word)) mayRefer = true;
    else if (PICTURE_WORDS.has(word)) mayShow = mayRefer = true;
  }
  if (mayRefer || mayShow) {
    const plain = normalise(text);
    if (mayRefer && REFERENCE.test(plain)) flags |= CUE.refersBack;
    if (mayShow && PICTURE_TALK.test(plain)) flags |= CUE.talksOfPicture;
    if (mayShow && PICTURE.test(plain)) flags |= CUE.picture;
  }
  if (isDeletionMark(content)) flags |= CUE.deletionMark;
  return { flags, terms: [...new Set(termsOf(cut).map(bucket))], length: cut.length };
}

function takesLeave(cut: readonly string[]): boolean {
  for (let i = Math.max(0, cut.length - TAIL_WORDS); i < cut.length; i++) {
    const before = LEAVING.get(cut[i]!);
    if (before === null || before?.has(cut[i - 1] ?? '')) return true;
  }
  return false;
}

/** Both ends, cut between surrogates at worst: only words are read of it. */
function shortened(text: string): string {
  return `${text.slice(0, READ_CHARACTERS / 2)} ${text.slice(-READ_CHARACTERS / 2)}`;
}

/** FNV-1a. */
function bucket(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) & (TERM_BUCKETS - 1);
}
