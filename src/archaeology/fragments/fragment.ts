/** A message beside the place where others are thought to be missing, or one of another conversation. */
export interface EvidenceTurn {
  id: string;
  speaker: string;
  /** epoch ms */
  at: number;
  content: string;
}

/** Where something is missing. Each side may be empty. */
export interface Neighbourhood {
  /** who wrote what is missing; null: not known */
  speaker: string | null;
  /** oldest first: the last one stands right before */
  before: readonly EvidenceTurn[];
  /** oldest first: the first one stands right after */
  after: readonly EvidenceTurn[];
  /** messages of other conversations around that time */
  elsewhere: readonly EvidenceTurn[];
}

/**
 * How a message shows what was missing:
 * - `quote`: repeats it in quotation marks or behind ">"
 * - `report`: says what the other said or asked ("you said that …")
 * - `restatement`: its writer says it again ("as I said, …", "I meant …")
 * - `reply`: the answer takes for known what no earlier message names ("about the …", "the …")
 * - `echo`: words that later messages share and no earlier one has
 * - `copy`: the same writer's message in another conversation, at that time, about the same things
 */
export type FragmentKind = 'quote' | 'report' | 'restatement' | 'reply' | 'echo' | 'copy';

/** A span of a message that is there, word for word. */
export interface Fragment {
  kind: FragmentKind;
  text: string;
  messageId: string;
  /** UTF-16 offsets into that message: `content.slice(start, end)` is `text` */
  start: number;
  end: number;
  /** what is shown goes on after it */
  isCut: boolean;
  /** (0, 1], for ranking: no probability. Quotes are strongest, echoes weakest. */
  strength: number;
}

/** A piece of a text by its place. */
export interface Span {
  start: number;
  end: number;
}

/** The span without white space and quotation marks around it. */
export function trimmed(content: string, { start, end }: Span): Span {
  while (start < end && EDGE.test(content[start]!)) start++;
  while (end > start && EDGE.test(content[end - 1]!)) end--;
  return { start, end };
}

const EDGE = /[\s"“”„«»,:;]/;
