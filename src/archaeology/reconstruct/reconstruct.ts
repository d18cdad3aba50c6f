import type { Neighbours, Turn } from '../../dialogue/turn.ts';
import { sameText } from '../../text/same-text.ts';
import { composeTurn } from './composition.ts';
import { FIT_TURNS, type ReconstructPorts } from './ports.ts';
import { proposedTimes } from './proposed-time.ts';
import { type OpenSlot, type Prospect, turnsAfter, turnsBefore } from './prospect.ts';
import {
  type Candidate,
  type CannotReason,
  type CannotReconstruct,
  type Evidence,
  LABELS,
  type MissingMessage,
  type Product,
  type Proposal,
  type ReconstructedPlace,
  type Reconstruction,
} from './reconstruction.ts';
import { evidenceOf, LEAST_OWN, retrieve } from './retrieval.ts';

/**
 * Below this chance of being right nothing is proposed. A known text must be likelier than not. A composition claims only
 * that most of its words were said, and shows where each stands: one in five is shown, with its number.
 */
export const FLOORS: Record<Product, number> = { retrieval: 0.5, composition: 0.2 };
const ALTERNATIVES = 4;
/** An alternative below this share of the floor is noise. */
const ALTERNATIVE_SHARE = 0.25;
/** Evidence that is shown where nothing is proposed. */
const SHOWN_EVIDENCE = 5;

/**
 * What most likely stood at a place: a text for each missing message, with evidence, alternatives and calibrated
 * confidence, or the plain answer that it cannot be reconstructed. Deterministic; some milliseconds a message.
 *
 * @param vectorOf by content, of `prospect.texts`, unit length, of `ports.model`; null where there is none
 */
export function reconstruct(
  prospect: Prospect,
  ports: ReconstructPorts,
  vectorOf: (text: string) => Float32Array | null,
): ReconstructedPlace {
  const { place, slots, options } = prospect;
  const times = proposedTimes(place, slots.length, ports);
  const { retrievals, placed } = options.products.includes('retrieval')
    ? retrieveAll(prospect, ports, vectorOf)
    : { retrievals: slots.map(() => null), placed: slots.map(() => null) };
  const messages = slots.map((slot, position): MissingMessage => {
    const { copy, speaker } = slot;
    return {
      position,
      speaker,
      time: copy ? { at: copy.at, earliest: copy.at, latest: copy.at } : times[position]!,
      retrieval: retrievals[position]!,
      composition: options.products.includes('composition')
        ? compositionOf(prospect, slot, position, placed, ports)
        : null,
    };
  });
  const [after, before] = [place.before.at(-1), place.after[0]];
  const ids = { conversationId: place.conversationId, gapId: place.gapId };
  return { ...ids, afterId: after?.id ?? null, beforeId: before?.id ?? null, messages };
}

/** A known text for each position, and as a turn where one is proposed: the next positions lean on it. */
function retrieveAll(
  prospect: Prospect,
  ports: ReconstructPorts,
  vectorOf: (text: string) => Float32Array | null,
): { retrievals: (Reconstruction | null)[]; placed: (Turn | null)[] } {
  const { place, slots, options } = prospect;
  const placed = slots.map((): Turn | null => null);
  const retrievals = slots.map((): Reconstruction | null => null);
  const taken = new Set<string>();
  // what other exports hold stands first, so that the others may lean on it
  const held = (i: number) => Number(slots[i]!.copy !== null);
  for (const i of [...slots.keys()].sort((a, b) => held(b) - held(a) || a - b)) {
    const slot = slots[i]!;
    const neighbours = neighboursOf(prospect, placed, i);
    const found = retrieve({ place, slot, neighbours, taken, given: options.given, vectorOf }, ports);
    const retrieval = proposalOf('retrieval', found, whyNothing(prospect, slot, ports), slot);
    retrievals[i] = retrieval;
    if (retrieval.state !== 'proposed') continue;
    placed[i] = { text: retrieval.text, vector: vectorOf(retrieval.text) };
    taken.add(sameText(retrieval.text));
  }
  return { retrievals, placed };
}

function compositionOf(
  prospect: Prospect,
  slot: OpenSlot,
  position: number,
  placed: readonly (Turn | null)[],
  ports: ReconstructPorts,
): Reconstruction {
  // the words of an export that has the message whole need no composing
  if (slot.copy !== null) return cannot('composition', 'no_evidence', 0, []);
  const { place } = prospect;
  if (place.before.length + place.after.length === 0) return cannot('composition', 'no_neighbours', 0, []);
  // evidence is of the place: which of several missing messages it shows cannot be told, so one is composed for each speaker
  const first = prospect.slots.findIndex((other) => other.copy === null && other.speaker === slot.speaker);
  if (first !== position) return cannot('composition', 'no_evidence', 0, []);
  const messages = [...place.before, ...place.after];
  const orders = new Map(messages.map(({ id }, i) => [id, i]));
  const composed = composeTurn(
    slot,
    neighboursOf(prospect, placed, position),
    (id) => orders.get(id) ?? messages.length,
    ports,
  );
  if (composed.ok) return proposalOf('composition', composed.candidates, 'no_evidence', slot);
  const evidence = [...new Set(composed.pieces.map(({ fragment }) => fragment))].map(evidenceOf);
  return cannot('composition', composed.cause, 0, evidence);
}

/** What stands beside a position: messages that are there and texts placed next to it. A side next to a blank is empty. */
function neighboursOf({ place }: Prospect, placed: readonly (Turn | null)[], i: number): Neighbours {
  const left: Turn[] = [];
  let at = i - 1;
  for (; at >= 0 && placed[at]; at--) left.unshift(placed[at]!);
  const before = at >= 0 ? left : [...turnsBefore(place), ...left];
  const right: Turn[] = [];
  for (at = i + 1; at < placed.length && placed[at]; at++) right.push(placed[at]!);
  const after = at < placed.length ? right : [...right, ...turnsAfter(place)];
  return { before: before.slice(-FIT_TURNS), after: after.slice(0, FIT_TURNS) };
}

function whyNothing({ place }: Prospect, slot: OpenSlot, ports: ReconstructPorts): CannotReason {
  if (ports.rejected.size > 0) return 'rejected';
  if (place.before.length + place.after.length === 0) return 'no_neighbours';
  return slot.isOwn !== false && ports.ownMessages < LEAST_OWN ? 'too_little_history' : 'no_evidence';
}

function proposalOf(
  product: Product,
  found: readonly Candidate[],
  ifNone: CannotReason,
  slot: OpenSlot,
): Reconstruction {
  const [best, ...others] = found;
  const fragments = slot.weighed.slice(0, SHOWN_EVIDENCE).map(({ fragment }) => evidenceOf(fragment));
  if (best === undefined) return cannot(product, ifNone, 0, fragments);
  if (best.confidence < FLOORS[product]) return cannot(product, 'below_floor', best.confidence, fragments);
  const alternatives = others
    .filter(({ confidence }) => confidence >= ALTERNATIVE_SHARE * FLOORS[product])
    .slice(0, ALTERNATIVES);
  const proposal: Proposal = {
    ...best,
    ...{ origin: 'reconstructed', state: 'proposed', product, label: LABELS[product], floor: FLOORS[product] },
    reason: BASIS[best.method],
    alternatives,
  };
  return proposal;
}

function cannot(
  product: Product,
  cause: CannotReason,
  confidence: number,
  evidence: readonly Evidence[],
): CannotReconstruct {
  return {
    ...{ origin: 'reconstructed', state: 'cannot_be_reconstructed', product, label: LABELS[product], cause },
    ...{ floor: FLOORS[product], reason: CAUSES[cause], confidence, evidence },
  };
}

const BASIS: Record<Candidate['method'], string> = {
  other_copy: "Another participant's export of this chat has this message.",
  given: 'Of the texts that were named it fits what stands around best.',
  quote: 'A message quotes it.',
  copy: 'The same writer sent it in another conversation about that time.',
  past_turn: 'The person said this in a like place before.',
  composition: 'Messages nearby hold its words; only joining words and marks were put between.',
};

const CAUSES: Record<CannotReason, string> = {
  no_neighbours: 'No message stands near this place.',
  too_little_history: `There are too few messages of the person: ${LEAST_OWN} are needed.`,
  no_evidence: 'No message that is there shows what was said.',
  below_floor: 'What was found is too unlikely to be shown.',
  outside_manner: 'What was found cannot be put in the manner of the person.',
  rejected: 'What there is to propose was rejected.',
};
