import { words } from '../text/tokenize.ts';
import { cuesOf } from './cues.ts';
import type { Message, Turn } from './turn.ts';
import { namesOf, type Rarity, type TermWeights, weighTerms, weighTrigrams } from './turn-words.ts';

/** A message with what the signals need of it. */
export interface PreparedMessage {
  vector: Float32Array | null;
  terms: TermWeights;
}

/** A turn with what the signals need of it. */
export interface PreparedTurn extends PreparedMessage {
  /** its words, in order */
  plain: string;
  trigrams: TermWeights;
  names: ReadonlySet<string>;
  cues: Float32Array;
  /** in words */
  length: number;
  /** at least one: the turn itself where it is not several */
  messages: readonly PreparedMessage[];
}

export function prepare({ text, vector, messages = [] }: Turn, rarity: Rarity): PreparedTurn {
  const cut = words(text);
  const whole = { vector, terms: weighTerms(cut, rarity) };
  return {
    ...whole,
    plain: cut.join(' '),
    trigrams: weighTrigrams(cut),
    names: namesOf(text),
    cues: cuesOf(text),
    length: cut.length,
    messages: messages.length > 1 ? messages.map((message) => prepareMessage(message, rarity)) : [whole],
  };
}

const prepareMessage = ({ text, vector }: Message, rarity: Rarity): PreparedMessage => ({
  vector,
  terms: weighTerms(words(text), rarity),
});

/** Rarities of the terms in common added up, 0 without any. */
export function sharedRarity(a: PreparedMessage, b: PreparedMessage, rarity: Rarity): number {
  let sum = 0;
  for (const term of a.terms.keys()) if (b.terms.has(term)) sum += rarity(term);
  return sum;
}

/** Rarity of the rarest term in common, 0 without any. */
export function rarestShared(a: PreparedMessage, b: PreparedMessage, rarity: Rarity): number {
  let rarest = 0;
  for (const term of a.terms.keys()) if (b.terms.has(term)) rarest = Math.max(rarest, rarity(term));
  return rarest;
}
