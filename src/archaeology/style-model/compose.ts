import { STOP_WORDS } from '../../text/stop-words.ts';
import type { StyleModel } from './style-model.ts';
import { joinTokens, styleTokens } from './style-tokens.ts';

/** Joining words tried at each place: the person's most frequent ones. */
const FILLERS = 60;
const FREQUENT = 400;
/** Joining words between two given ones. */
const FILLERS_IN_A_ROW = 2;
/** Texts followed up at once, for each number of given tokens already placed. */
const WIDTH = 12;
/** Given tokens used, the first ones. */
const MAX_GIVEN = 60;
/** Would turn what was given into its opposite. */
const NEGATIONS = new Set(['no', 'nor', 'not', 'without', 'against', 'only', 'few', 'don', 'doesn', 'didn']);
const MARK = /^[^\p{L}\p{N}\s]{1,3}$/u;

/** A word of a composed text: given by the caller, or put between by the model. */
export interface ComposedToken {
  text: string;
  given: boolean;
}

/** A text that nobody wrote. Whoever shows it must say so. */
export interface Composition {
  text: string;
  tokens: ComposedToken[];
  /** mean log-probability of a token, nats, in the person's manner */
  mean: number;
}

interface Draft {
  tokens: ComposedToken[];
  /** pieces of the given text that stand in it */
  placed: number;
  inARow: number;
  logP: number;
  /** `logP` with chance added, by which drafts are ranked */
  rank: number;
}

/**
 * Texts that hold the given pieces, each verbatim and in this order, joined as the person would: only by function words
 * (negations left out) and marks that they use themselves. For languages other than English: by marks alone. Best first, all different.
 *
 * @param random in [0, 1); with `temperature` 0 it is not asked, and the likeliest texts are found
 * @param temperature 0 for the likeliest, 1 to draw about as often as the person would write so
 * @param mayJoin which of those words and marks may be put between; left out: all of them
 * @returns nothing where nothing was given
 */
export function compose(
  model: StyleModel,
  given: readonly string[],
  {
    random = () => 0.5,
    temperature = 0,
    count = 1,
    mayJoin = () => true,
  }: { random?: () => number; temperature?: number; count?: number; mayJoin?: (token: string) => boolean } = {},
): Composition[] {
  const wanted = given.flatMap(styleTokens).slice(0, MAX_GIVEN);
  if (wanted.length === 0) return [];
  // a piece of several words stays together
  const glued = gluedTokens(given);
  const fillers = fillersOf(model).filter(mayJoin);
  const noise = () => (temperature === 0 ? 0 : -temperature * Math.log(-Math.log(Math.max(random(), 1e-12))));
  const done: Composition[] = [];
  let drafts: Draft[] = [{ tokens: [], placed: 0, inARow: 0, logP: 0, rank: 0 }];
  for (let step = 0; step < wanted.length * (FILLERS_IN_A_ROW + 1) + FILLERS_IN_A_ROW && drafts.length > 0; step++) {
    const longer: Draft[] = [];
    for (const draft of drafts) {
      const extend = (text: string, isGiven: boolean) => {
        const logP = draft.logP + Math.log(model.probability(lastTwo(draft), text));
        const tokens = [...draft.tokens, { text, given: isGiven }];
        const inARow = isGiven ? 0 : draft.inARow + 1;
        longer.push({ tokens, placed: draft.placed + (isGiven ? 1 : 0), inARow, logP, rank: logP + noise() });
      };
      if (draft.placed < wanted.length) extend(wanted[draft.placed]!, true);
      if (draft.inARow < FILLERS_IN_A_ROW && !glued.has(draft.placed)) {
        for (const filler of fillers) extend(filler, false);
      }
    }
    drafts = best(longer);
    for (const draft of drafts) if (draft.placed === wanted.length) done.push(finish(model, draft));
  }
  return distinct(done.sort((x, y) => y.mean - x.mean)).slice(0, count);
}

/** Places before which nothing may be put: inside a given piece. */
function gluedTokens(given: readonly string[]): Set<number> {
  const glued = new Set<number>();
  let at = 0;
  for (const piece of given) {
    const { length } = styleTokens(piece);
    for (let i = 1; i < length; i++) glued.add(at + i);
    at += length;
  }
  return glued;
}

function fillersOf(model: StyleModel): string[] {
  return model
    .frequent(FREQUENT)
    .filter((token) => MARK.test(token) || (STOP_WORDS.has(token.toLowerCase()) && !NEGATIONS.has(token.toLowerCase())))
    .slice(0, FILLERS);
}

/** The best of each number of given tokens placed: drafts that placed more would lose against joining words alone. */
function best(drafts: Draft[]): Draft[] {
  const kept = new Map<number, number>();
  drafts.sort((x, y) => y.rank - x.rank);
  return drafts.filter((draft) => {
    const before = kept.get(draft.placed) ?? 0;
    kept.set(draft.placed, before + 1);
    return before < WIDTH;
  });
}

function finish(model: StyleModel, draft: Draft): Composition {
  const end = Math.log(model.probability(lastTwo(draft), null));
  const texts = draft.tokens.map((token) => token.text);
  return { text: joinTokens(texts), tokens: draft.tokens, mean: (draft.logP + end) / (texts.length + 1) };
}

function lastTwo({ tokens }: Draft): [string | null, string | null] {
  return [tokens.at(-2)?.text ?? null, tokens.at(-1)?.text ?? null];
}

function distinct(compositions: Composition[]): Composition[] {
  const seen = new Set<string>();
  return compositions.filter(({ text }) => !seen.has(text) && seen.add(text));
}
