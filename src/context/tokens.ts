/** Letters of one case, blanks, or one character of another kind. */
const PIECES = /([A-Z]?[a-z]+|[A-Z]+)|([^\S\n]+)|([\s\S])/gu;
const LETTERS_PER_TOKEN = 4;
/** A longer run of letters is no word: keys, hashes. */
const WORD_LETTERS = 20;
const TOKENS_PER_LETTER = 0.6;

/**
 * How many tokens a text takes in a language model, estimated from above: a word takes one for every four letters, each
 * digit and mark one, other characters by their bytes in UTF-8. Prose in any script takes fewer in the byte-pair
 * vocabularies in use; keys and random letters may take somewhat more. Lines count by themselves: the count of a text
 * is the sum of its lines' and of its line ends, one each.
 */
export function countTokens(text: string): number {
  let tokens = 0;
  for (const [whole, letters, blanks] of text.matchAll(PIECES)) {
    if (letters !== undefined) tokens += tokensOfLetters(letters.length);
    else if (blanks !== undefined)
      tokens += blanks.length >> 1; // one blank belongs to the word after it
    else tokens += tokensOfCharacter(whole.codePointAt(0)!);
  }
  return tokens;
}

const tokensOfLetters = (count: number): number =>
  Math.ceil(count > WORD_LETTERS ? count * TOKENS_PER_LETTER : count / LETTERS_PER_TOKEN);

/** Latin, Greek and the like take one token, scripts of three bytes two, emoji four. */
function tokensOfCharacter(codePoint: number): number {
  if (codePoint < 0x800) return 1;
  return codePoint < 0x10000 ? 2 : 4;
}
