import type { OtherCopy, Place } from './ports.ts';

/** The turns whose speakers make the turn order. */
const LOOK_BACK = 10;

/** One missing message before anything is known of its text. */
export interface Slot {
  speaker: string | null;
  /** the person wrote it; null: not known */
  isOwn: boolean | null;
  /** the message itself, from another participant's export */
  copy: OtherCopy | null;
}

type Voice = Pick<Slot, 'speaker' | 'isOwn'>;
const UNKNOWN: Voice = { speaker: null, isOwn: null };

/**
 * The missing messages of a place, in order, at most `most`. What other exports hold comes first; past that as many as
 * the gap says, one if nothing says. Where two people speak, turn order tells who; with more it does not.
 */
export function slotsOf(place: Place, copies: readonly OtherCopy[], most: number): Slot[] {
  const known = copies
    .toSorted((a, b) => a.at - b.at)
    .slice(0, most)
    .map((copy): Slot => ({ speaker: copy.speaker, isOwn: copy.isOwn, copy }));
  if (known.length > 0) {
    const more = Math.max(0, Math.min(most, place.missing?.low ?? 0) - known.length);
    return [...known, ...Array.from({ length: more }, (): Slot => ({ ...UNKNOWN, copy: null }))];
  }
  const first = place.before.at(-1);
  const last = place.after[0];
  const count = Math.min(most, countOf(place));
  const voices = voicesOf(place);
  if (voices === null || (first === undefined && last === undefined))
    return Array.from({ length: count }, () => ({ ...UNKNOWN, copy: null }));
  const slots: Slot[] = [];
  for (let i = 0; i < count; i++) {
    // counted from the side that is there
    const turns = first === undefined ? count - i : i + 1;
    const isSame = turns % 2 === 0;
    const voice = (voices[0].speaker === (first ?? last)!.speaker) === isSame ? voices[0] : voices[1];
    slots.push({ ...voice, copy: null });
  }
  // the last one would speak on after itself: then turn order cannot tell who it was
  if (first !== undefined && last !== undefined && slots.at(-1)!.speaker === last.speaker)
    slots[count - 1] = { ...UNKNOWN, copy: null };
  return slots;
}

function countOf({ missing, before, after }: Place): number {
  if (missing === null) return 1;
  const expected = Math.max(1, Math.round(missing.expected));
  const [first, last] = [before.at(-1), after[0]];
  if (!first || !last) return expected;
  // strict turns: an odd number between two turns of one speaker, an even one between two speakers
  const isOdd = first.speaker === last.speaker;
  if ((expected % 2 === 1) === isOdd) return expected;
  if (expected - 1 >= Math.max(1, missing.low)) return expected - 1;
  return expected + 1 <= missing.high ? expected + 1 : expected;
}

/** The two who speak here; one of them may be only inferred. null: three or more. */
function voicesOf({ before, after }: Place): [Voice, Voice] | null {
  const near = [...before.slice(-LOOK_BACK), ...after.slice(0, LOOK_BACK)];
  const voices = [...new Map(near.map(({ speaker, isOwn }) => [speaker, { speaker, isOwn }])).values()];
  if (voices.length === 0 || voices.length > 2) return null;
  return [voices[0]!, voices[1] ?? { speaker: null, isOwn: !voices[0]!.isOwn }];
}
