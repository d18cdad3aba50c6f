import { LEAST_MANNER } from './composition.ts';
import { piecesOf } from './pieces.ts';
import type { ReconstructPorts } from './ports.ts';
import type { ProposalScene } from './proposed-texts.ts';
import type { Prospect } from './prospect.ts';

/** Neighbours that a text model is shown on each side. */
const SHOWN = 6;
/** One piece alone has no order to propose. */
const LEAST_PIECES = 2;

/** What a text model may be asked about a place; null: there is nothing to ask. */
export function proposalScene(
  { place, slots, options }: Prospect,
  { ranges, ownMessages }: Pick<ReconstructPorts, 'ranges' | 'ownMessages'>,
): ProposalScene | null {
  if (!options.products.includes('composition') || ownMessages < LEAST_MANNER) return null;
  const slot = slots.find(({ copy, isOwn }) => copy === null && isOwn !== false);
  if (!slot) return null;
  const orders = new Map([...place.before, ...place.after].map(({ id }, i) => [id, i]));
  const pieces = piecesOf(slot.weighed, (id) => orders.get(id) ?? orders.size, ranges.words[1]);
  if (pieces.length < LEAST_PIECES) return null;
  return { pieces, before: place.before.slice(-SHOWN), after: place.after.slice(0, SHOWN) };
}
