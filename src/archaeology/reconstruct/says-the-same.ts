import { cosine } from '../../dialogue/cosine.ts';
import type { Turn } from '../../dialogue/turn.ts';
import { sameText } from '../../text/same-text.ts';
import { tokenize } from '../../text/tokenize.ts';

/** Content words in common, by all content words of the two. */
const SAME_TERMS = 0.5;
/** Vectors of messages name the speaker, so that all of one person's are somewhat alike. */
const SAME_MEANING = 0.75;

/** Whether one turn says what the other does: the same words, or half of them at the least and the same meaning. */
export function saysTheSame(a: Turn, b: Turn): boolean {
  if (sameText(a.text) === sameText(b.text)) return true;
  const [one, other] = [new Set(tokenize(a.text)), new Set(tokenize(b.text))];
  const shared = [...one].filter((term) => other.has(term)).length;
  if (shared === 0 || shared < SAME_TERMS * (one.size + other.size - shared)) return false;
  return a.vector === null || b.vector === null || cosine(a.vector, b.vector) >= SAME_MEANING;
}
