import { cosine } from '../../dialogue/cosine.ts';
import { joinSpeakers } from '../../dialogue/join-messages.ts';
import type { Turn } from '../../dialogue/turn.ts';
import { softmax, turnFit } from '../../dialogue/turn-fit.ts';
import { sameText } from '../../text/same-text.ts';
import { chancesOfPast, type PersonalCalibration } from './personal-calibration.ts';
import { CONTEXT_TURNS, type PastReply, type ReplyHistory } from './ports.ts';

/** Below this chance of being right, nothing is predicted unless the caller sets another floor. */
export const RESPONSE_FLOOR = 0.5;
/** Past replies that are looked at as candidates or evidence. */
export const SIMILAR_CONTEXTS = 40;
/** Fewer messages of the person are no past to draw from. */
export const LEAST_REPLIES = 20;
const SHOWN_SOURCES = 5;
/** As many alternatives as the fit was learned with. */
const RIVALS = 9;
/** Cosine from which a past message is named as a source of a candidate. */
const LIKE = 0.6;
/** What a like context adds to the log-odds of the reply that was given in it, a unit of cosine. */
const LIKENESS_WEIGHT = 3;

export interface ResponseRequest {
  /** what was said so far, oldest first; the last `CONTEXT_TURNS` count */
  context: readonly Turn[];
  /** what the reply may be; null: drawn from the person's own past replies in similar contexts */
  candidates: readonly Turn[] | null;
  /** embedding model of the vectors; null: none */
  model: string | null;
  /** 0 to 1; left out: `RESPONSE_FLOOR` */
  floor?: number;
}

export interface RankedResponse {
  text: string;
  /** chance that this is the reply. With given candidates: that it is the one of them; from the past: that the reply says this */
  probability: number;
  /** messages of the person it rests on, strongest first */
  sources: string[];
  /** how often the person said just this before */
  timesSaid: number;
}

/** Why nothing is predicted. */
export type Abstention = 'no_context' | 'no_candidates' | 'too_little_history' | 'below_floor';

export interface ResponsePrediction {
  from: 'given' | 'past';
  /** best first; shown even below the floor */
  ranked: RankedResponse[];
  /** the best of them; null when abstained */
  answer: RankedResponse | null;
  /** calibrated chance that the best is right, 0 without candidates */
  confidence: number;
  floor: number;
  abstained: Abstention | null;
  /** one plain sentence: what the prediction rests on, or why there is none */
  reason: string;
}

/**
 * What the person would reply: candidates ranked by how they fit the context and by habit, with calibrated probabilities.
 * Habit is the log of how often they said it, which is what a ranking learned against replies drawn by frequency leaves
 * out (van den Oord et al. 2018, section 2.2: its optimum is p(reply | context) / p(reply)).
 */
export function predictResponse(
  request: ResponseRequest,
  history: ReplyHistory,
  calibration: PersonalCalibration,
): ResponsePrediction {
  const { candidates, floor = RESPONSE_FLOOR } = request;
  const from = candidates === null ? 'past' : 'given';
  const nothing = (abstained: Abstention, reason: string): ResponsePrediction => ({
    ...{ from, ranked: [], answer: null, confidence: 0, floor, abstained, reason },
  });
  const context = request.context.slice(-CONTEXT_TURNS);
  if (context.length === 0) return nothing('no_context', 'There is nothing to reply to.');
  if (candidates === null && history.replies < LEAST_REPLIES) {
    return nothing(
      'too_little_history',
      `There are ${history.replies} messages of the person; ${LEAST_REPLIES} are needed.`,
    );
  }
  const past = history.similarContexts(context, SIMILAR_CONTEXTS);
  const drawn = distinct(past.map(({ turn }) => turn));
  const turns = candidates === null ? drawn : distinct(candidates);
  if (turns.length === 0) return nothing('no_candidates', 'No candidate was given or found.');
  const rivals = turns.length === 1 && candidates !== null ? rivalsOf(turns[0]!, drawn) : [];
  if (turns.length + rivals.length === 1 && candidates !== null) {
    return nothing('no_candidates', 'One candidate alone can be compared with nothing.');
  }
  const asked = new Set(turns.map(({ text }) => text));
  const ranked = rank([...turns, ...rivals], { ...request, context }, history, calibration, past).filter(({ text }) =>
    asked.has(text),
  );
  const best = ranked[0]!;
  const isBelow = best.probability < floor;
  return {
    ...{ from, ranked, confidence: best.probability, floor },
    answer: isBelow ? null : best,
    abstained: isBelow ? 'below_floor' : null,
    reason: isBelow
      ? 'No candidate is likely enough.'
      : `It fits what was said before${best.sources.length > 0 ? ' and what the person said in similar places' : ''}.`,
  };
}

function rank(
  turns: readonly Turn[],
  { context, candidates, model }: ResponseRequest,
  history: ReplyHistory,
  calibration: PersonalCalibration,
  past: readonly PastReply[],
): RankedResponse[] {
  const timesSaid = turns.map(({ text }) => history.timesSaid(text));
  const likeness = candidates === null ? likenessOfContexts(turns, context, past) : turns.map(() => 0);
  const { scores } = turnFit({ before: joinSpeakers(context), after: [] }, turns, {
    model,
    ...(history.rarity === undefined ? {} : { rarity: history.rarity }),
    priors: timesSaid.map((times, i) => Math.log1p(times) + LIKENESS_WEIGHT * likeness[i]!),
  });
  const shares = softmax(scores.map((score) => score * calibration.sharpness));
  const probabilities =
    candidates === null ? chancesOfPast(shares, timesIn(past, turns), past.length, calibration) : shares;
  return turns
    .map((turn, i) => ({
      ...{ text: turn.text, probability: probabilities[i]!, timesSaid: timesSaid[i]! },
      sources: sourcesOf(turn, past),
    }))
    .toSorted((a, b) => b.probability - a.probability);
}

/** With one candidate given, what else the person might say: a share of one would always be certain. */
const rivalsOf = (candidate: Turn, drawn: readonly Turn[]) =>
  drawn.filter(({ text }) => sameText(text) !== sameText(candidate.text)).slice(0, RIVALS);

/** How many of the past replies say just what each turn says. */
function timesIn(past: readonly PastReply[], turns: readonly Turn[]): number[] {
  const times = new Map<string, number>();
  for (const { turn } of past) times.set(sameText(turn.text), (times.get(sameText(turn.text)) ?? 0) + 1);
  return turns.map(({ text }) => times.get(sameText(text)) ?? 0);
}

/** One candidate a text, the first of each. */
function distinct(turns: readonly Turn[]): Turn[] {
  const byText = new Map<string, Turn>();
  for (const turn of turns) {
    const key = sameText(turn.text);
    if (!byText.has(key)) byText.set(key, turn);
  }
  return [...byText.values()];
}

/** For each drawn reply, how like its context was to this one: cosine of the turns right before, -1 to 1. */
function likenessOfContexts(turns: readonly Turn[], context: readonly Turn[], past: readonly PastReply[]): number[] {
  const now = context.at(-1)!;
  return turns.map((turn) =>
    past
      .filter((reply) => reply.turn.text === turn.text)
      .reduce((most, reply) => Math.max(most, cosine(now.vector, reply.context.at(-1)?.vector ?? null)), -1),
  );
}

/** Past messages in similar contexts that say the same or nearly so, likest first. */
function sourcesOf(turn: Turn, past: readonly PastReply[]): string[] {
  const key = sameText(turn.text);
  return past
    .map(({ id, turn: said }) => ({
      id,
      likeness: sameText(said.text) === key ? 1 : cosine(turn.vector, said.vector),
    }))
    .filter(({ likeness }) => likeness >= LIKE)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, SHOWN_SOURCES)
    .map(({ id }) => id);
}
