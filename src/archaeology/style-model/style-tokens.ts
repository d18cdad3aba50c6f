import { surfaces } from '../../text/surface.ts';

/** Scripts without spaces between words: their characters are tokens. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u30fc\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*/gu;
/** No space before these, nor after those. */
const CLOSING = /^(?:[.,!?;:…)\]}%]+|[’”»]|[。、！？，；：）」』】]+)$/u;
const OPENING = /^[([{“«¿¡「『（【#@$]$/u;
const STARTS_UNSPACED = new RegExp(`^${UNSPACED.source}|^[。、！？，；：）」』】「『（【]`, 'u');
const LINK = '<link>';

/** A text as it was written, cut into what the style model counts: case stays, a link is just a link. */
export function styleTokens(text: string): string[] {
  const out: string[] = [];
  for (const { kind, text: piece } of surfaces(text)) {
    if (kind === 'link') out.push(LINK);
    else if (kind === 'word') pushWord(out, piece);
    else out.push(piece);
  }
  return out;
}

/** Tokens back to a text, with the usual spaces. */
export function joinTokens(tokens: readonly string[]): string {
  let text = '';
  for (const [i, token] of tokens.entries()) {
    const before = tokens[i - 1];
    const tight =
      before === undefined ||
      CLOSING.test(token) ||
      OPENING.test(before) ||
      (STARTS_UNSPACED.test(token) && STARTS_UNSPACED.test(before));
    text += tight ? token : ` ${token}`;
  }
  return text;
}

function pushWord(out: string[], word: string): void {
  let end = 0;
  for (const match of word.matchAll(UNSPACED)) {
    if (match.index > end) out.push(word.slice(end, match.index));
    out.push(match[0]);
    end = match.index + match[0].length;
  }
  if (end < word.length) out.push(word.slice(end));
}
