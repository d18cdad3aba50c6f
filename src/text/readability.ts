/** Sums over a text; each is additive over its parts. */
export interface TextSums {
  sentences: number;
  words: number;
  syllables: number;
  letters: number;
}

export interface Readability {
  /** Flesch reading ease: 100 very easy, 60 plain, 30 hard; may leave [0, 100] */
  fleschEase: number;
  /** Flesch-Kincaid: US school grade */
  fleschKincaidGrade: number;
  /** automated readability index: US school grade, from letters instead of syllables */
  automatedIndex: number;
}

/**
 * Readability of English text; null without a word in a sentence.
 *
 * @see Kincaid et al. 1975, Derivation of New Readability Formulas
 */
export function readability({ sentences, words, syllables, letters }: TextSums): Readability | null {
  if (sentences <= 0 || words <= 0) return null;
  const sentenceLength = words / sentences;
  return {
    fleschEase: 206.835 - 1.015 * sentenceLength - 84.6 * (syllables / words),
    fleschKincaidGrade: 0.39 * sentenceLength + 11.8 * (syllables / words) - 15.59,
    automatedIndex: 4.71 * (letters / words) + 0.5 * sentenceLength - 21.43,
  };
}
