import { normalise } from './normalise.ts';
import { STOP_WORDS } from './stop-words.ts';
import { surfaces } from './surface.ts';

/**
 * Words of a text that its evidence does not hold: each number, name, link, tag, emoji, and each word that is no function
 * word. Empty for a text that says nothing of its own; what is not empty must not be shown.
 */
export function outsideEvidence(text: string, evidence: readonly string[]): string[] {
  const held = new Set(evidence.flatMap((each) => keysOf(each).map(({ key }) => key)));
  return keysOf(text)
    .filter(({ key, isFunction }) => !isFunction && !held.has(key))
    .map(({ key }) => key);
}

function keysOf(text: string): { key: string; isFunction: boolean }[] {
  return surfaces(text).flatMap(({ kind, text: piece }) => {
    if (kind === 'mark') return [];
    const key = normalise(piece);
    return [{ key, isFunction: kind === 'word' && key.split(/['’ʼ]/).every((part) => STOP_WORDS.has(part)) }];
  });
}

const ENDS_SENTENCE = /[.!?…:"“”«»(\n-]/u;

/**
 * Names, numbers, links and tags of a text that its evidence does not hold. A word is taken for a name for its capital,
 * so a name of one word that begins a sentence goes unseen: it cannot be told from a common word.
 */
export const unheldFacts = (text: string, evidence: readonly string[]): string[] => factsBeyond(evidence)(text);

/** As `unheldFacts`, for many texts of one evidence. */
export function factsBeyond(evidence: readonly string[]): (text: string) => string[] {
  const held = new Set(evidence.flatMap((each) => keysOf(each).map(({ key }) => key)));
  return (text) => {
    const pieces = surfaces(text);
    return pieces.flatMap(({ kind, text: piece, start }, i) => {
      const before = pieces[i - 1];
      const isInitial = before === undefined || ENDS_SENTENCE.test(text.slice(before.start, start));
      const isName = kind === 'word' && /^\p{Lu}/u.test(piece) && !isInitial;
      if (!isName && kind !== 'number' && kind !== 'link' && kind !== 'tag') return [];
      const key = normalise(piece);
      const stem = key.split(/['’ʼ]/)[0]!;
      return held.has(key) || held.has(stem) || STOP_WORDS.has(stem) ? [] : [key];
    });
  };
}
