/**
 * The text that models see and caches are keyed by: NFKC, every run of white space one plain space, no space at the ends.
 * Two texts that are equal afterwards have the same vector.
 */
export const normaliseText = (text: string): string => text.normalize('NFKC').replace(/\s+/gu, ' ').trim();
