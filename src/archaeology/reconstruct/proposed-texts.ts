import type { Provenance } from '../../llm/contract.ts';
import { normalise } from '../../text/normalise.ts';
import { joinTokens, styleTokens } from '../style-model/style-tokens.ts';
import { type Piece, placesOf } from './pieces.ts';
import type { ProvenToken } from './reconstruction.ts';

/** A text that a text model proposes for a missing message. */
export interface ProposedText {
  text: string;
  provenance: Provenance;
}

/** What a text model is shown to propose texts: nothing else of the person. */
export interface ProposalScene {
  pieces: readonly Piece[];
  /** in the order of the conversation */
  before: readonly { id: string; speaker: string; content: string }[];
  after: readonly { id: string; speaker: string; content: string }[];
}

export interface ProvenText {
  tokens: ProvenToken[];
  provenance: Provenance;
}

/**
 * Of proposed texts those that say what the evidence says and no more: whole pieces of it, each at most once, and
 * between them what may join. So a model has a say in order and joints alone; a name, a number or a "not" of its own making
 * never gets here.
 *
 * @param mayJoin which words and marks may stand between pieces
 */
export function provenTexts(
  proposed: readonly ProposedText[],
  pieces: readonly Piece[],
  mayJoin: (token: string) => boolean,
): ProvenText[] {
  return proposed.flatMap(({ text, provenance }) => {
    const tokens = proven(styleTokens(text), pieces, mayJoin);
    return tokens === null ? [] : [{ tokens, provenance }];
  });
}

function proven(tokens: readonly string[], pieces: readonly Piece[], mayJoin: (token: string) => boolean) {
  const keys = tokens.map(normalise);
  // longer ones first: "the sea" before "the"
  const open = pieces
    .map((piece) => ({ keys: styleTokens(piece.text).map(normalise), places: placesOf(piece) }))
    .sort((a, b) => b.keys.length - a.keys.length);
  const out: ProvenToken[] = [];
  let placed = 0;
  while (out.length < tokens.length) {
    const at = out.length;
    const found = open.findIndex((piece) => piece.keys.every((key, i) => keys[at + i] === key));
    if (found >= 0) {
      const [{ places }] = open.splice(found, 1) as [(typeof open)[number]];
      out.push(...places.map((source, i) => ({ text: tokens[at + i]!, source })));
      placed++;
    } else if (mayJoin(tokens[at]!)) out.push({ text: tokens[at]!, source: null });
    else return null;
  }
  return placed === 0 ? null : out;
}

export const textOfTokens = (tokens: readonly ProvenToken[]): string => joinTokens(tokens.map(({ text }) => text));
