/** One message of one conversation, as the search for gaps sees it. */
export interface GapMessage {
  id: string;
  /** who said it; the role where no name is known */
  speaker: string;
  /** epoch ms. Sources that know only days or sessions give the same time to many messages: that is taken as it is. */
  at: number;
  content: string;
  /** unit length, all of one model; null: not embedded, the words decide alone */
  vector: Float32Array | null;
  /** the source's own running number (`sequenceOf`), null where it has none */
  sequence: number | null;
  /** the source says that a message stood here and was deleted (`metadata.deleted`) */
  deleted: boolean;
  /** the import or export file it came from, null where messages came one by one */
  source: string | null;
}

/** Why messages are thought to be missing between two that are there. */
export type GapSignal =
  | 'silence'
  | 'missing-opening'
  | 'missing-closing'
  | 'turn-order'
  | 'unanswered-question'
  | 'unasked-answer'
  | 'topic-jump'
  | 'reference'
  | 'sequence'
  | 'deletion-mark'
  | 'seam';

export interface GapReason {
  signal: GapSignal;
  /** its part of the evidence that speaks for a gap, in (0, 1]; the parts sum to 1 */
  share: number;
  /** the messages that show it, one or two */
  messageIds: readonly string[];
}

/** A stretch between two neighbouring messages where others likely stood. */
export interface Gap {
  afterId: string;
  beforeId: string;
  /** times of the two, epoch ms; `from` <= `to` even where the clock ran backwards */
  from: number;
  to: number;
  /** calibrated chance that at least one message is missing here */
  probability: number;
  /** messages likely missing, given that some are; `low` and `high` hold the true number nine times in ten */
  missing: { expected: number; low: number; high: number };
  /** strongest first */
  reasons: readonly GapReason[];
}
