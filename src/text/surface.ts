/** What a stretch of text is, as it was written. */
export type SurfaceKind = 'word' | 'number' | 'emoji' | 'link' | 'tag' | 'mark';

/** A stretch of text as it was written: nothing is folded, because how it is written is what is measured. */
export interface Surface {
  kind: SurfaceKind;
  text: string;
  /** UTF-16 offset of the first unit */
  start: number;
}

/**
 * In this order: link; @name or #tag; word with the apostrophes inside it; number; emoji with its modifiers and joiners
 * or a keycap or flag; run of one repeated mark, or a single one. White space is what lies between.
 */
const SURFACE =
  /((?:https?:\/\/|www\.)\S+)|([@#][\p{L}\p{N}_]+)|([\p{L}\p{M}]+(?:['’ʼ][\p{L}\p{M}]+)*)|(\p{N}+(?:[.,:]\p{N}+)*)|((?:\p{RI}\p{RI}|\p{Emoji_Presentation}|\p{Extended_Pictographic})(?:\p{EMod}|\ufe0f|\u200d\p{Extended_Pictographic})*)|(([^\s\p{L}\p{M}\p{N}])\7*)/gu;
const KINDS: readonly SurfaceKind[] = ['link', 'tag', 'word', 'number', 'emoji', 'mark'];

/** Cuts a text into what was written, in order. Linear in its length. */
export function surfaces(text: string): Surface[] {
  const out: Surface[] = [];
  SURFACE.lastIndex = 0;
  for (let match = SURFACE.exec(text); match !== null; match = SURFACE.exec(text)) {
    for (let i = 0; i < KINDS.length; i++) {
      if (match[i + 1] === undefined) continue;
      out.push({ kind: KINDS[i]!, text: match[0], start: match.index });
      break;
    }
  }
  return out;
}
