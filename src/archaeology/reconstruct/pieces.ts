import { surfaces } from '../../text/surface.ts';
import { tokenize } from '../../text/tokenize.ts';
import type { Fragment } from '../fragments/fragment.ts';
import { styleTokens } from '../style-model/style-tokens.ts';

/** Words and pieces that a composed text is made from, at most: evidence is what is told, not a story. */
const MOST_WORDS = 12;
const MOST_PIECES = 6;
/** They mean another one in another mouth, so they are left out of what the other side reports. */
const DEICTIC =
  /^(?:i|me|my|mine|myself|you|u|ur|your|yours|yourself|we|us|our|ours|i['’]\w+|you['’]\w+|we['’]\w+|here|today|tomorrow|yesterday|ich|mir|mich|mein|meine|du|dir|dich|dein|deine|je|moi|mon|ma|tu|toi|ton|ta|yo|mi|me|tú|te|我|你|您)$/iu;

/** Evidence this much weaker than the strongest would only dilute it. */
const LEAST_SHARE = 0.5;

/** A fragment with the chance that a missing message held its words. */
export interface WeighedFragment {
  fragment: Fragment;
  chance: number;
}

/** That something was said is no part of what was said. */
const REPORTING = /^(?:sa(?:id|y|ying)|told|tell|ask(?:ed|ing)?|wrote|meant|mentioned|suggested|gesagt|dit|dijiste)$/i;

/** Words of the evidence that stay together. */
export interface Piece extends WeighedFragment {
  text: string;
  messageId: string;
  start: number;
  end: number;
}

/**
 * Words to compose from: of the likeliest fragments, in the order in which the messages hold them, no content twice,
 * at most `mostWords`. Links are left out, and of what others report the words that change with the speaker.
 *
 * @param orderOf place of a message among its neighbours
 */
export function piecesOf(
  fragments: readonly WeighedFragment[],
  orderOf: (messageId: string) => number,
  mostWords: number,
): Piece[] {
  const pieces: Piece[] = [];
  const told = new Set<string>();
  let left = Math.min(MOST_WORDS, mostWords);
  const spoken = fragments.filter(({ fragment }) => fragment.kind !== 'copy').toSorted((a, b) => b.chance - a.chance);
  for (const weighed of spoken) {
    if (weighed.chance < LEAST_SHARE * spoken[0]!.chance) break;
    for (const run of runsOf(weighed)) {
      const terms = tokenize(run.text);
      if (terms.length === 0 || terms.every((term) => told.has(term))) continue;
      const words = wordCount(run.text);
      if (words > left || pieces.length === MOST_PIECES) continue;
      left -= words;
      for (const term of terms) told.add(term);
      pieces.push(run);
    }
  }
  return pieces.sort((a, b) => orderOf(a.messageId) - orderOf(b.messageId) || a.start - b.start);
}

/** Stretches of a fragment without links, ends of sentences and, where it is a report, deictic words. */
function runsOf({ fragment, chance }: WeighedFragment): Piece[] {
  const runs: Piece[] = [];
  let open: { start: number; end: number } | null = null;
  const close = () => {
    if (open === null) return;
    const { start, end } = open;
    const text = fragment.text.slice(start, end);
    const [from, to] = [fragment.start + start, fragment.start + end];
    runs.push({ text, messageId: fragment.messageId, start: from, end: to, fragment, chance });
    open = null;
  };
  for (const { kind, text, start } of surfaces(fragment.text)) {
    const isWord = kind === 'word' || kind === 'number' || kind === 'tag';
    const isAside = fragment.kind !== 'quote' && REPORTING.test(text);
    if (!isWord || isAside || (fragment.kind === 'report' && DEICTIC.test(text))) close();
    else open = { start: open === null ? start : (open as { start: number }).start, end: start + text.length };
  }
  close();
  return runs;
}

/** Where each token of a piece stands, see `styleTokens`. */
export function placesOf({ text, messageId, start }: Piece): { messageId: string; start: number; end: number }[] {
  let from = 0;
  return styleTokens(text).map((token) => {
    const at = text.indexOf(token, from);
    from = at + token.length;
    return { messageId, start: start + at, end: start + from };
  });
}

const wordCount = (text: string) => surfaces(text).length;
