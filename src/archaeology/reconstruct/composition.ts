import type { Neighbours } from '../../dialogue/turn.ts';
import { turnFit } from '../../dialogue/turn-fit.ts';
import type { Provenance } from '../../llm/contract.ts';
import { outsideEvidence } from '../../text/outside-evidence.ts';
import { sameText } from '../../text/same-text.ts';
import { tokenize } from '../../text/tokenize.ts';
import { type ComposedToken, type Composition, compose } from '../style-model/compose.ts';
import { joinTokens } from '../style-model/style-tokens.ts';
import { chanceOf, corrected, logOdds } from './confidence.ts';
import { type Piece, piecesOf, placesOf } from './pieces.ts';
import type { ReconstructPorts } from './ports.ts';
import { provenTexts, textOfTokens } from './proposed-texts.ts';
import type { OpenSlot } from './prospect.ts';
import type { Candidate, CannotReason, ProvenToken } from './reconstruction.ts';
import { evidenceOf } from './retrieval.ts';
import { outsideOf, type WritingRanges } from './writing-ranges.ts';

/** Messages of the person from which a manner can be told. */
export const LEAST_MANNER = 20;
/** Texts composed of the same pieces, from which the best is chosen. */
const DRAFTS = 12;
/** Nats of a token's probability count this much beside the nats of fit: set by hand. */
const STYLE_WEIGHT = 1;
/**
 * What may be put between: marks that end or divide, articles, prepositions and conjunctions. Pronouns, verbs, questions
 * and exclamations would claim more than the evidence does.
 */
const JOINING =
  /^(?:[,.…;:–-]{1,3}|an?|the|and|or|but|so|of|in|on|at|to|for|with|by|from|as|than|then|about|over|under|into|through|during|until|before|after)$/iu;
const USUAL = 0.5;
const RARE = 0.05;

export type Composed = { ok: true; candidates: Candidate[] } | { ok: false; cause: CannotReason; pieces: Piece[] };

/**
 * Texts of what the evidence says, in the person's manner: words of the evidence, joined by function words and plain
 * marks that the person uses, cut and ended as they write, inside their own ranges. Nothing else is ever said: what
 * holds a word, name or number from elsewhere is thrown away. Best first.
 */
export function composeTurn(
  slot: OpenSlot,
  neighbours: Neighbours,
  orderOf: (messageId: string) => number,
  ports: ReconstructPorts,
): Composed {
  const { ranges, calibration } = ports;
  if (slot.isOwn === false) return { ok: false, cause: 'outside_manner', pieces: [] };
  if (ports.ownMessages < LEAST_MANNER) return { ok: false, cause: 'too_little_history', pieces: [] };
  const pieces = piecesOf(slot.weighed, orderOf, ranges.words[1]);
  if (pieces.length === 0) return { ok: false, cause: 'no_evidence', pieces };
  const mayJoin = (token: string) => JOINING.test(token);
  const own = compose(
    ports.style,
    pieces.map(({ text }) => text),
    { count: DRAFTS, mayJoin },
  )
    .filter(isWellJoined)
    .map(({ tokens, mean }) => ({ tokens: provenTokens(tokens, pieces), mean, provenance: null }));
  const ofModel = provenTexts(ports.proposed ?? [], pieces, mayJoin).map(({ tokens, provenance }) => ({
    ...{ tokens, provenance },
    mean: ports.style.score(textOfTokens(tokens)).mean,
  }));
  const drafts = [...own, ...ofModel]
    .map((draft) => inForm(draft, ranges))
    .filter(
      ({ text }) =>
        outsideOf(text, ranges).length === 0 &&
        outsideEvidence(
          text,
          pieces.map((piece) => piece.text),
        ).length === 0,
    );
  if (drafts.length === 0) return { ok: false, cause: 'outside_manner', pieces };
  const barred = new Set([...ports.rejected].map(contentKey));
  const open = drafts.filter(({ text }) => !ports.rejected.has(sameText(text)) && !barred.has(contentKey(text)));
  if (open.length === 0) return { ok: false, cause: 'rejected', pieces };
  const uncorrected = chanceOf('composition', evidenceScore(pieces), calibration);
  const confidence = corrected(uncorrected, 'composition', calibration);
  const evidence = [...new Set(pieces.map(({ fragment }) => fragment))].map(evidenceOf);
  return {
    ok: true,
    candidates: byManner(distinct(open), neighbours, ports).map(({ text, tokens, provenance }) => ({
      ...{ text, tokens, evidence, confidence, uncorrected, provenance },
      method: 'composition',
    })),
  };
}

/** Joining words join: they do not trail, and no more than one leads. */
const isWellJoined = ({ tokens }: Composition) =>
  tokens.findIndex(({ given }) => given) <= 1 && (tokens.at(-1)!.given || !/\p{L}/u.test(tokens.at(-1)!.text));

/** A rejected composition does not come back with another "the". */
const contentKey = (text: string) => [...new Set(tokenize(text))].sort().join(' ');

/** Log-odds that a piece is right, the mean over their words' chances. */
export function evidenceScore(pieces: readonly Piece[]): number {
  const length = pieces.reduce((sum, { text }) => sum + text.length, 0);
  return logOdds(pieces.reduce((sum, { text, chance }) => sum + chance * text.length, 0) / length);
}

interface ProvenDraft {
  tokens: ProvenToken[];
  /** mean log-probability of a token, nats, in the person's manner */
  mean: number;
  /** null: no text model had a part in it */
  provenance: Provenance | null;
}

interface FormedDraft extends ProvenDraft {
  text: string;
}

/** The person's own manner comes first: what a text model proposed too is none of its making. */
function distinct(drafts: readonly FormedDraft[]): FormedDraft[] {
  const seen = new Set<string>();
  return drafts.filter(({ text }) => !seen.has(text) && seen.add(text));
}

/** The draft with the person's usual beginning and end, and with the place of each word. */
function inForm({ tokens, ...rest }: ProvenDraft, ranges: WritingRanges): FormedDraft {
  const proven = tokens.map((token) => ({ ...token }));
  while (proven.length > 0 && proven.at(-1)!.source === null && ending(proven) !== '' && share(ranges, proven) < RARE)
    proven.pop();
  // one who writes without capitals writes names so too
  if (ranges.capitals[1] === 0) for (const token of proven) token.text = token.text.toLowerCase();
  const [first] = proven;
  if (first && ranges.capitalStart >= USUAL)
    first.text = first.text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
  else if (first && first.source === null && first.text !== 'I') first.text = first.text.toLowerCase();
  if (ending(proven) === '' && ranges.endings['.'] >= USUAL) proven.push({ text: '.', source: null });
  return { text: joinTokens(proven.map(({ text }) => text)), tokens: proven, ...rest };
}

const ending = (tokens: readonly ProvenToken[]) =>
  /\p{L}|\p{N}/u.test(tokens.at(-1)!.text) ? '' : tokens.at(-1)!.text;

function share({ endings }: WritingRanges, tokens: readonly ProvenToken[]): number {
  const mark = ending(tokens)[0] as keyof typeof endings;
  return Object.hasOwn(endings, mark) ? endings[mark] : endings.other;
}

/** Given tokens come in the order of the pieces, so each is found in what is left of its piece. */
function provenTokens(tokens: readonly ComposedToken[], pieces: readonly Piece[]): ProvenToken[] {
  const places = pieces.flatMap((piece) => placesOf(piece));
  let next = 0;
  return tokens.map(({ text, given }) => ({ text, source: given ? places[next++]! : null }));
}

/** Best first, by fit to both sides and manner. */
function byManner(drafts: readonly FormedDraft[], neighbours: Neighbours, { rarity }: ReconstructPorts): FormedDraft[] {
  const { scores } = turnFit(
    neighbours,
    drafts.map(({ text }) => ({ text, vector: null })),
    { model: null, priors: drafts.map(({ mean }) => STYLE_WEIGHT * mean), ...(rarity === undefined ? {} : { rarity }) },
  );
  return drafts
    .map((draft, i) => ({ draft, score: scores[i]! }))
    .sort((a, b) => b.score - a.score)
    .map(({ draft }) => draft);
}
