/** One message as patterns see it. */
export interface HistoryMessage {
  id: string;
  conversationId: string;
  /** written by the remembered person */
  isOwn: boolean;
  /** epoch ms; equal times keep the order given */
  at: number;
  content: string;
}

export type PatternKind =
  | 'initiative'
  | 'reply-latency'
  | 'vocabulary-growth'
  | 'diversity'
  | 'new-phrase'
  | 'lost-phrase'
  | 'topic'
  | 'change';

/** How surely a pattern is more than chance. */
export interface Significance {
  test: 'binomial' | 'fisher' | 'permutation';
  /** chance to see as much, were there nothing */
  p: number;
  /** smallest false discovery rate, over all tests of this kind on this history, at which it counts */
  q: number;
}

/** Something that the history shows, with what it rests on. */
export interface Pattern {
  kind: PatternKind;
  /** epoch ms of the first and last message it speaks of */
  from: number;
  to: number;
  /** named figures; times in ms, shares in [0, 1] */
  numbers: Record<string, number>;
  /** words or phrases it is about, normalised; empty where it is about none */
  words: readonly string[];
  /** message ids, a few, earliest first */
  evidence: readonly string[];
  /** null: a measure, which claims no difference */
  significance: Significance | null;
  /** plain English, which claims no more than the figures */
  sentence: string;
}

/** Messages named as evidence of one pattern, at most. */
export const EVIDENCE = 5;
/** z of a 95 % interval */
export const Z95 = 1.959963984540054;

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** "40 s", "12 min", "3 h", "2 days": one unit, rounded. */
export function duration(ms: number): string {
  if (ms < 90_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 90 * 60_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 36 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

/** Up to `EVIDENCE` ids, spread over all, first and last among them. */
export function spread(ids: readonly string[]): string[] {
  const count = Math.min(EVIDENCE, ids.length);
  return Array.from(
    { length: count },
    (_, i) => ids[count < 2 ? 0 : Math.round((i * (ids.length - 1)) / (count - 1))]!,
  );
}

/** In order of time; equal times as they came. */
export const inOrder = (history: readonly HistoryMessage[]): HistoryMessage[] =>
  history.toSorted((a, b) => a.at - b.at);
