import { words } from '../tokenize.ts';

/** Marks a character that only `words` can fold: its folding hangs on its neighbours, or has not one unit. */
export const HARD = 0xffff;

/** Latin letters with accents, and the quotes and dashes of typography. */
const RANGES = [
  [0x00, 0x24f],
  [0x2010, 0x2027],
] as const;

/**
 * What `words` makes of a character inside a word: the unit it keeps, 0 for what stands between words, `HARD` where one
 * unit cannot say. By character code.
 */
export function foldTable(): Uint16Array {
  const table = new Uint16Array(2 ** 16).fill(HARD);
  for (const [first, last] of RANGES) {
    for (let code = first; code <= last; code++) {
      const [word = '', ...others] = words(`a${String.fromCharCode(code)}b`);
      if (word.length === 3 && others.length === 0) table[code] = word.charCodeAt(1);
      else if (word === 'a' && others.join() === 'b') table[code] = 0;
    }
  }
  return table;
}
