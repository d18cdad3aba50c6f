/** What is no word by itself but stands beside one. */
const MARKS: ReadonlySet<string> = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~‘’“”„«»…–—¡¿');
const CURLY = /[‘’]/g;
const HAS_LOWER = /[a-z]/;
const HAS_UPPER = /[A-Z]/;

/** One piece between spaces. */
export interface Token {
  /** as the lexicon has it: lower case, straight apostrophes; an emoticon with its signs, a word without those around it */
  key: string;
  /** holds capital letters and no small ones */
  isShouted: boolean;
  exclamations: number;
  questions: number;
  /** the last one of a sentence */
  isEnd: boolean;
}

/**
 * Cuts a text as VADER does: at spaces; a piece of one character ("I", "a") is none.
 *
 * @param isKnown whether a piece is an emoticon that keeps its signs
 */
export function cut(text: string, isKnown: (piece: string) => boolean): Token[] {
  const tokens: Token[] = [];
  for (const piece of text.split(/\s+/)) {
    if (piece.length > 1) tokens.push(tokenOf(piece, isKnown));
  }
  return tokens;
}

function tokenOf(piece: string, isKnown: (piece: string) => boolean): Token {
  const lower = piece.toLowerCase().replace(CURLY, "'");
  const bare = withoutMarks(lower);
  const last = piece.charCodeAt(piece.length - 1);
  return {
    key: bare === '' || (bare.length < 3 && isKnown(lower)) ? lower : bare,
    isShouted: HAS_UPPER.test(piece) && !HAS_LOWER.test(piece),
    exclamations: count(piece, 0x21),
    questions: count(piece, 0x3f),
    isEnd: last === 0x21 || last === 0x2e || last === 0x3f,
  };
}

/** By hand: an expression that looks for marks before the end takes the square of a long run of them. */
function withoutMarks(piece: string): string {
  let from = 0;
  let until = piece.length;
  while (from < until && MARKS.has(piece[from]!)) from++;
  while (until > from && MARKS.has(piece[until - 1]!)) until--;
  return piece.slice(from, until);
}

function count(piece: string, unit: number): number {
  let found = 0;
  for (let i = 0; i < piece.length; i++) if (piece.charCodeAt(i) === unit) found++;
  return found;
}
