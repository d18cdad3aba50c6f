const VOWELS = /[aeiouy]+/g;
const SILENT_END = /(?:[^laeiouysxzcgh]es|[^aeioutd]ed|[^laeiouy]e)$/;

/**
 * Syllables of an English word, at least 1, by its groups of vowels less a silent ending. `word` is lower case.
 * A rule of thumb: right for about nine words in ten.
 */
export function syllables(word: string): number {
  const groups = word.match(VOWELS)?.length ?? 0;
  return Math.max(1, groups - (word.length > 3 && SILENT_END.test(word) ? 1 : 0));
}
