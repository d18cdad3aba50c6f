import { surfaces } from '../../text/surface.ts';
import { tokenize } from '../../text/tokenize.ts';
import type { EvidenceTurn, Span } from './fragment.ts';

/** A run of content words that nothing before explains. */
export interface NewWords extends Span {
  terms: readonly string[];
  /** stands behind "the", "that", "your": taken for known */
  definite: boolean;
}

const DEFINITE =
  /(?:^|[^\p{L}])(?:the|that|those|these|this|your|his|her|their|der|die|das|dein|deine|le|la|les|ton|ta|el|los|las|tu|tus)\s+$/iu;
const LOOK_BACK = 8;
/** Characters read of a message. */
const READ = 4_000;

/** Content words as search has them: folded, stemmed, without stop words. */
export const termsIn = (content: string): string[] => tokenize(content.slice(0, READ));

/** Runs of neighbouring content words none of which is in `known`. */
export function newWords({ content }: EvidenceTurn, known: ReadonlySet<string>): NewWords[] {
  const text = content.slice(0, READ);
  const runs: (Span & { terms: string[] })[] = [];
  let open: (typeof runs)[number] | null = null;
  for (const piece of surfaces(text)) {
    if (piece.kind !== 'word' && piece.kind !== 'number') continue;
    const terms = tokenize(piece.text);
    if (terms.length === 0 || terms.some((term) => known.has(term))) {
      open = null;
      continue;
    }
    const end = piece.start + piece.text.length;
    if (open !== null && /^[ \t]+$/.test(text.slice(open.end, piece.start))) {
      open.end = end;
      open.terms.push(...terms);
    } else {
      open = { start: piece.start, end, terms };
      runs.push(open);
    }
  }
  return runs.map((run) => ({
    ...run,
    definite: DEFINITE.test(text.slice(Math.max(0, run.start - LOOK_BACK), run.start)),
  }));
}
