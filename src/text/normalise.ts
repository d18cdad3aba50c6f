const NON_ASCII = /[\u0080-\uffff]/;
/** Accents, Hebrew points, Arabic vowel signs and tatweel: optional in writing, so a search must not hang on them. */
const OPTIONAL_MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]/g;
/** Soft hyphen, zero-width joiners, word joiner, byte order mark, variation selectors: invisible inside a word. */
const INVISIBLE = /\u00ad|\u200c|\u200d|\u2060|\ufeff|[\ufe00-\ufe0f]/g;

export const isAscii = (text: string): boolean => !NON_ASCII.test(text);

/**
 * Folds what readers take for the same text: compatibility forms (NFKC), case, accents and optional vowel signs.
 * "Ｃａｆé" and "CAFE" become "cafe"; the result is NFC.
 */
export function normalise(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  const bare = text.normalize('NFKD').replace(OPTIONAL_MARKS, '').replace(INVISIBLE, '');
  // by way of upper case, so that "ß" meets "ss" as full case folding wants
  return bare.toUpperCase().toLowerCase().normalize('NFC');
}
