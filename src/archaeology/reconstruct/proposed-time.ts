import type { Place, ReconstructPorts } from './ports.ts';
import type { ProposedTime } from './reconstruction.ts';

/** A reply's latency where nothing is known of the person, ms. */
const USUAL_LATENCY = 60_000;

/**
 * When each of `count` missing messages was likely written. Within a session they are spread evenly; across a break they
 * come one usual latency after another behind the message before, or, without one, ahead of the message after.
 */
export function proposedTimes(
  place: Place,
  count: number,
  { rhythm }: Pick<ReconstructPorts, 'rhythm'>,
): ProposedTime[] {
  const { from, to } = place;
  const latency = rhythm?.replyLatency(0.5) ?? USUAL_LATENCY;
  const bounds = { earliest: from, latest: to };
  return Array.from({ length: count }, (_, i) => {
    if (from === null) return { ...bounds, at: to === null ? null : Math.round(to - latency * (count - i)) };
    if (to === null) return { ...bounds, at: Math.round(from + latency * (i + 1)) };
    const even = (to - from) / (count + 1);
    const isBreak = rhythm !== null && to - from >= rhythm.breakMs && place.before.length > 0;
    return { ...bounds, at: Math.round(from + (i + 1) * (isBreak ? Math.min(latency, even) : even)) };
  });
}
