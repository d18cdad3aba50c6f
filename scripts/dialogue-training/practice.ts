import { seeded } from '../../src/statistics/seeded.ts';
import type { Dialogue, HiddenTurn } from '../../test/eval/dialogues.ts';

const CANDIDATES = 10;
/** Turns that are shown around a hidden one, as in the sets: of the chat's own distractors, and of the person's. */
const SIDES = { before: 3, after: 2 };
const REPLY_BEFORE = 5;
/** A distractor stands at least this far from the hidden turn. */
const APART = 4;
const TRIES = 2_000;

/**
 * More hidden turns than the sets hold, made of chats that name their speakers: each turn once among turns of its chat,
 * and once as a reply among its speaker's own. They teach blends and are never measured. The same chats give the same.
 */
export function practiceOf(chats: readonly Dialogue[]): HiddenTurn[] {
  const random = seeded(1);
  return chats.flatMap(({ id, turns, saidBy }) =>
    saidBy === undefined ? [] : turns.flatMap((_, at) => practiceAt({ id, turns, saidBy }, at, random)),
  );
}

function practiceAt(
  { id, turns, saidBy }: Required<Pick<Dialogue, 'id' | 'turns' | 'saidBy'>>,
  at: number,
  random: () => number,
): HiddenTurn[] {
  const isOwn = (i: number) => saidBy[i] === saidBy[at];
  const made: HiddenTurn[] = [];
  const add = (set: HiddenTurn['set'], shown: { before: number; after: number }, isLike: (i: number) => boolean) => {
    if (at < shown.before || at + shown.after >= turns.length) return;
    const gold = Math.floor(random() * CANDIDATES);
    const candidates = distractors(turns, at, isLike, random);
    if (candidates.length < CANDIDATES - 1) return;
    candidates.splice(gold, 0, turns[at]!);
    const before = turns.slice(at - shown.before, at);
    made.push({
      ...{ id: `${id}/${at}`, set, before, after: turns.slice(at + 1, at + 1 + shown.after), candidates, gold },
    });
  };
  add('realtalk', SIDES, () => true);
  if (at > 0 && !isOwn(at - 1)) add('reply', { before: REPLY_BEFORE, after: 0 }, isOwn);
  return made;
}

function distractors(
  turns: readonly string[],
  at: number,
  isLike: (i: number) => boolean,
  random: () => number,
): string[] {
  const drawn = new Set<string>();
  for (let tries = 0; tries < TRIES && drawn.size < CANDIDATES - 1; tries++) {
    const i = Math.floor(random() * turns.length);
    if (Math.abs(i - at) >= APART && isLike(i) && turns[i] !== turns[at]) drawn.add(turns[i]!);
  }
  return [...drawn];
}
