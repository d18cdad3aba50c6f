import type { Provenance } from '../../llm/contract.ts';
import type { FragmentKind } from '../fragments/fragment.ts';
import type { Method } from './contract.ts';

/** `retrieval`: this known text most likely stood here. `composition`: a text of this content in this manner. */
export type Product = 'retrieval' | 'composition';

/** What is said beside every reconstructed text, in every answer, event and export. */
export const LABELS: Record<Product, string> = {
  retrieval: 'Reconstructed: this known text most likely stood here. It is not a record of what was said.',
  composition: 'Reconstructed: composed from surviving words in the manner of the person. Nobody wrote this text.',
};

/** A message that speaks for a text, and which part of it. Offsets are UTF-16 units of its content. */
export interface Evidence {
  messageId: string;
  kind: FragmentKind | Exclude<Method, 'composition' | 'quote' | 'copy'>;
  start: number;
  end: number;
  /** `content.slice(start, end)` of that message */
  text: string;
}

/** A word or mark of a composed text. */
export interface ProvenToken {
  text: string;
  /** where it stands; null: put between by the style model, a function word or a mark */
  source: { messageId: string; start: number; end: number } | null;
}

/** A text with what speaks for it. Its probability holds by itself: those of alternatives need not add up to 1. */
export interface Candidate {
  text: string;
  method: Method;
  /** calibrated, 0 to 1 */
  confidence: number;
  /** `confidence` before this person's verdicts moved it, for `judge` */
  uncorrected: number;
  evidence: readonly Evidence[];
  /** of a composed text, all of its words; empty otherwise */
  tokens: readonly ProvenToken[];
  /** of the text model that proposed the order and joints of a composed text; null or left out: none had a part in it */
  provenance?: Provenance | null;
}

/** Why nothing is proposed. */
export type CannotReason =
  | 'no_neighbours'
  | 'too_little_history'
  | 'no_evidence'
  | 'below_floor'
  | 'outside_manner'
  | 'rejected';

interface Common {
  origin: 'reconstructed';
  product: Product;
  label: string;
  floor: number;
  /** one plain sentence */
  reason: string;
}

/** A text is proposed. */
export interface Proposal extends Common, Candidate {
  state: 'proposed';
  /** next best ones above a quarter of the floor, best first, at most 4 */
  alternatives: readonly Candidate[];
}

/** Nothing is: no text, only what was found. */
export interface CannotReconstruct extends Common {
  state: 'cannot_be_reconstructed';
  cause: CannotReason;
  /** of the best that was found, 0 where nothing was */
  confidence: number;
  evidence: readonly Evidence[];
}

export type Reconstruction = Proposal | CannotReconstruct;

/** When a missing message was likely written, epoch ms; null: unbounded on that side. */
export interface ProposedTime {
  at: number | null;
  earliest: number | null;
  latest: number | null;
}

/** One missing message. The two products stand apart; null: not asked for. */
export interface MissingMessage {
  /** from 0, in order of time */
  position: number;
  /** who likely wrote it, null where the turn order does not tell */
  speaker: string | null;
  time: ProposedTime;
  retrieval: Reconstruction | null;
  composition: Reconstruction | null;
}

export interface ReconstructedPlace {
  conversationId: string;
  gapId: string | null;
  afterId: string | null;
  beforeId: string | null;
  messages: readonly MissingMessage[];
}
