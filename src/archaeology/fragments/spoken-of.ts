import type { EvidenceTurn, FragmentKind, Span } from './fragment.ts';

/** A span that a message's own wording marks as said before. */
export interface Mention extends Span {
  kind: FragmentKind;
  strength: number;
}

/** Up to the end of the sentence. */
const REST = '([^.!?\\n。！？…]{2,300})';
const LINK = '(?:\\s*[,:–-]\\s*|\\s+)(?:that\\s+|if\\s+|whether\\s+|about\\s+|dass\\s+|que\\s+|ob\\s+)?';
const HEARD = new RegExp(
  `\\b(?:you|u)\\s+(?:just\\s+|also\\s+|already\\s+|had\\s+|have\\s+|were\\s+)?(?:said|saying|wrote|told\\s+(?:me|us)|asked(?:\\s+(?:me|us))?|asking|mentioned|suggested|offered|promised|proposed|meant)${LINK}${REST}`,
  'dgiu',
);
const HEARD_ELSEWHERE = new RegExp(
  `(?:du\\s+hast\\s+(?:gesagt|geschrieben|gefragt)|tu\\s+as\\s+(?:dit|écrit|demandé)|(?:dijiste|preguntaste)|你说|你問|你问)(?:\\s*[,:，：]\\s*|\\s*)(?:dass\\s+|ob\\s+|que\\s+|si\\s+)?${REST}`,
  'dgiu',
);
const AGAIN = new RegExp(
  `\\b(?:(?:as|like)\\s+I\\s+(?:said|mentioned|wrote|told\\s+you)|I\\s+(?:just\\s+|already\\s+)?(?:told\\s+you|asked(?:\\s+you)?|meant)|I\\s+was\\s+(?:asking|saying)|what\\s+I\\s+(?:said|meant|asked)\\s+(?:was|is)|my\\s+(?:question|point)\\s+(?:was|is)|wie\\s+gesagt|comme\\s+je\\s+disais|como\\s+(?:te\\s+)?(?:dije|decía))${LINK}${REST}`,
  'dgiu',
);
/** A line end begins anew by itself, so no white space runs over one: of many in a row each would else run to the last. */
const TAKEN_UP =
  /(?:^|[.!?\n][^\S\n]*)(?:about|regarding|re:|concerning|as\s+for|speaking\s+of|zu|à\s+propos\s+de|sobre)\s+([^.!?,\n]{2,120})/dgiu;
const QUOTED_LINES = /(?:^|\n)[ \t]*>+[ \t]?([^\n]+(?:\n[ \t]*>[^\n]*)*)/dgu;
const QUOTED = /["“„«「『]([^"”“»」』\n]{2,300})["”“»」』]/dgu;
/** "On Tuesday Ana wrote:" over quoted lines is no part of what was written. */
const ATTRIBUTION = /^(?:on\b|am\b|le\b|el\b).{0,120}:\s*$/i;
const SAYING =
  /\b(?:said|say|wrote|asked|told|meant|called|mean|quote|schrieb|sagtest|écrit|dijiste)\b|说|說|问|問|写|言/iu;
const SAYING_BEFORE_CHARACTERS = 40;

/**
 * What a later message says was said, by its own wording.
 *
 * @param speaker who wrote what is missing, null where that is not known
 */
export function spokenOf(turn: EvidenceTurn, speaker: string | null): Mention[] {
  const own = speaker === null ? null : turn.speaker === speaker;
  const found = [...quotes(turn.content, own === true ? 0.5 : 1)];
  // "you said" points at the other one, "as I said" at the writer; where it is not known who is missing, at either
  if (own !== true) {
    for (const pattern of [HEARD, HEARD_ELSEWHERE])
      add(found, turn.content, pattern, 'report', own === null ? 0.5 : 0.7);
    add(found, turn.content, TAKEN_UP, 'reply', 0.45);
  }
  if (own !== false) add(found, turn.content, AGAIN, 'restatement', own === null ? 0.4 : 0.6);
  return found;
}

function* quotes(content: string, weight: number): Generator<Mention> {
  for (const match of content.matchAll(QUOTED_LINES)) {
    const [start, end] = match.indices![1]!;
    yield* quotedLines(content, start, end, weight);
  }
  for (const match of content.matchAll(QUOTED)) {
    const [start, end] = match.indices![1]!;
    const said = SAYING.test(content.slice(Math.max(0, start - SAYING_BEFORE_CHARACTERS), start));
    // quotation marks alone may be irony or a title
    if (said || /\s/.test(match[1]!)) yield { kind: 'quote', start, end, strength: (said ? 0.9 : 0.5) * weight };
  }
}

/** Each quoted line is a span of its own: the ">" between two is not part of what was said. */
function* quotedLines(content: string, start: number, end: number, weight: number): Generator<Mention> {
  let from = start;
  for (const line of content.slice(start, end).split('\n')) {
    const lead = /^[ \t]*>*[ \t]?/.exec(line)![0].length;
    const isSaid = line.length > lead && !ATTRIBUTION.test(line.slice(lead));
    if (isSaid) yield { kind: 'quote', start: from + lead, end: from + line.length, strength: 0.95 * weight };
    from += line.length + 1;
  }
}

function add(found: Mention[], content: string, pattern: RegExp, kind: FragmentKind, strength: number): void {
  for (const match of content.matchAll(pattern)) {
    const [start, end] = match.indices![1]!;
    found.push({ kind, start, end, strength });
  }
}
