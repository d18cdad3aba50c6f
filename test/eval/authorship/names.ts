import { words } from '../../../src/text/tokenize.ts';

/** What stands in place of a name. */
const MASK = 'Name';
const CAPITALISED = "(\\p{Lu}[\\p{L}']+)";
/** Where people say a name: they introduce themselves or speak to the other. */
const SAID = [
  new RegExp(
    `\\b(?:[Mm]y name(?:'s|’s| is| was)|[Cc]all me|[Nn]ice to meet (?:you|u)(?: too)?,?) ${CAPITALISED}`,
    'gu',
  ),
  new RegExp(
    `\\b(?:[Hh]i+|[Hh]ey+|[Hh]ello|[Yy]o|[Tt]hanks|[Tt]hank you|[Bb]ye|[Mm]orning|[Nn]ight),? ${CAPITALISED}`,
    'gu',
  ),
  new RegExp(`[,?!] ${CAPITALISED}\\s*[?!.]*$`, 'gmu'),
];

/**
 * Every name by which people speak of themselves or each other in these texts, lower case: the speakers', and words
 * said where a name is said that nobody ever writes in lower case.
 */
export function namesIn(speakers: Iterable<string>, texts: readonly string[]): Set<string> {
  const written = new Set(texts.flatMap((text) => text.match(/(?<![\p{L}'’])\p{Ll}[\p{L}]+/gu) ?? []));
  const names = new Set([...speakers].flatMap((speaker) => words(speaker)));
  for (const text of texts) {
    for (const pattern of SAID) {
      for (const match of text.matchAll(pattern)) {
        const name = match[1]!.toLowerCase().replace(/'s?$/, '');
        if (name.length > 1 && !written.has(name)) names.add(name);
      }
    }
  }
  return names;
}

/** Puts one and the same word in place of each name, whatever its case and ending. */
export function maskNames(text: string, names: ReadonlySet<string>): string {
  return text.replace(/[\p{L}\p{M}]+/gu, (word) => {
    const lower = word.toLowerCase();
    const isName = names.has(lower) || (lower.endsWith('s') && names.has(lower.slice(0, -1)));
    return isName ? MASK : word;
  });
}
