import { words } from '../../text/tokenize.ts';
import { type EvidenceTurn, type Fragment, type Neighbourhood, type Span, trimmed } from './fragment.ts';
import { newWords, termsIn } from './new-words.ts';
import { spokenOf } from './spoken-of.ts';

/** Turns looked at on each side, and of other conversations. */
const BEFORE = 30;
const AFTER = 20;
const ELSEWHERE = 200;
/** Turns that may be the answer to what is missing. */
const ANSWERS = 2;
/** Turns after the gap whose shared words count. */
const ECHOES = 8;
const MAX_FRAGMENTS = 40;
const MAX_CHARACTERS = 600;
/** Another conversation's message counts this long before and after the gap. */
const ELSEWHERE_MS = 86_400_000;
/** Shared content words that tie another conversation's message to the gap. */
const TIES = 2;
/** From this share of its words on, a span only repeats a message that is there. */
const REPEATS = 0.8;

/**
 * What the messages around a gap show of the missing ones. Each fragment is a span of a message that is there, word for
 * word: nothing is made up, and with no evidence there is none. Deterministic; strongest first, at most 40.
 *
 * Wording is read in English and, in part, in German, French, Spanish and Chinese; quotes and shared words in any language.
 */
export function findFragments({ speaker, before, after, elsewhere }: Neighbourhood): Fragment[] {
  const earlier = before.slice(-BEFORE);
  const later = after.slice(0, AFTER);
  const found: Fragment[] = [];
  for (const turn of later) {
    for (const mention of spokenOf(turn, speaker)) {
      const span = trimmed(turn.content, mention);
      const others = [...earlier, ...later.filter((each) => each !== turn)];
      if (!isSaidBy(others, turn.content.slice(span.start, span.end)))
        push(found, turn, span, mention.kind, mention.strength);
    }
  }
  const known = new Set(earlier.flatMap((turn) => termsIn(turn.content)));
  takenForKnown(found, later, known, speaker);
  copies(found, { speaker, before: earlier, after: later, elsewhere: elsewhere.slice(0, ELSEWHERE) }, known);
  return distinct(found).slice(0, MAX_FRAGMENTS);
}

/** Words that the turns after the gap share, or that the answer takes for known, and that no turn before it has. */
function takenForKnown(
  found: Fragment[],
  later: readonly EvidenceTurn[],
  known: ReadonlySet<string>,
  speaker: string | null,
): void {
  const holders = new Map<string, Set<EvidenceTurn>>();
  const near = later.slice(0, ECHOES);
  for (const turn of near) {
    for (const term of new Set(termsIn(turn.content))) {
      holders.set(term, (holders.get(term) ?? new Set()).add(turn));
    }
  }
  for (const [i, turn] of near.entries()) {
    for (const run of newWords(turn, known)) {
      const shared = Math.max(...run.terms.map((term) => holders.get(term)?.size ?? 1)) - 1;
      const bonus = 0.05 * Math.min(shared, 3);
      if (run.definite && i < ANSWERS && turn.speaker !== speaker) push(found, turn, run, 'reply', 0.35 + bonus);
      else if (shared > 0) push(found, turn, run, 'echo', 0.15 + bonus);
    }
  }
}

function copies(
  found: Fragment[],
  { speaker, before, after, elsewhere }: Neighbourhood,
  known: ReadonlySet<string>,
): void {
  const from = before.at(-1)?.at ?? after[0]?.at;
  const to = after[0]?.at ?? from;
  if (from === undefined || to === undefined) return;
  const spoken = found.filter(({ kind }) => kind === 'quote').map(({ text }) => text);
  const wanted = new Set(
    after
      .slice(0, ECHOES)
      .flatMap((turn) => termsIn(turn.content))
      .filter((term) => !known.has(term)),
  );
  for (const turn of elsewhere) {
    if (speaker !== null && turn.speaker !== speaker) continue;
    if (turn.at < Math.min(from, to) - ELSEWHERE_MS || turn.at > Math.max(from, to) + ELSEWHERE_MS) continue;
    const ties = new Set(termsIn(turn.content).filter((term) => wanted.has(term))).size;
    const span = trimmed(turn.content, { start: 0, end: turn.content.length });
    // what was quoted stands there whole
    if (spoken.some((text) => isSaidBy([turn], text))) push(found, turn, span, 'copy', 0.9);
    else if (ties >= TIES) push(found, turn, span, 'copy', Math.min(0.6, 0.1 + 0.1 * ties));
  }
}

/** Whether one of the turns says this already, word for word or nearly so. */
function isSaidBy(turns: readonly EvidenceTurn[], text: string): boolean {
  const wanted = words(text);
  const joined = ` ${wanted.join(' ')} `;
  const terms = new Set(termsIn(text));
  return turns.some(({ content }) => {
    if (` ${words(content).join(' ')} `.includes(joined)) return true;
    const own = new Set(termsIn(content));
    return terms.size > TIES && [...terms].filter((term) => own.has(term)).length >= REPEATS * terms.size;
  });
}

function push(
  found: Fragment[],
  turn: EvidenceTurn,
  { start, end }: Span,
  kind: Fragment['kind'],
  strength: number,
): void {
  const cut = cutOf(turn.content, start, end);
  const text = turn.content.slice(start, cut);
  const isCut = cut < end;
  if (words(text).length > 0) found.push({ kind, text, messageId: turn.id, start, end: cut, isCut, strength });
}

/** Where a span ends that may be too long: never between the halves of a character. */
function cutOf(content: string, start: number, end: number): number {
  const most = start + MAX_CHARACTERS;
  if (end <= most) return end;
  return /[\ud800-\udbff]/.test(content[most - 1]!) ? most - 1 : most;
}

/** Strongest first. What lies inside a stronger span of the same message says nothing more. */
function distinct(found: readonly Fragment[]): Fragment[] {
  const kept: Fragment[] = [];
  for (const each of found.toSorted((a, b) => b.strength - a.strength)) {
    const inside = (other: Fragment) =>
      other.messageId === each.messageId && other.start <= each.start && other.end >= each.end;
    if (!kept.some(inside)) kept.push(each);
  }
  return kept;
}
