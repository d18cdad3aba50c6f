import type { Dialogue, HiddenTurn } from '../../test/eval/dialogues.ts';

export const FOLDS = 5;

/** What is trained on and what is measured with it. */
export interface Fold {
  training: Dialogue[];
  tested: HiddenTurn[];
  /** the dialogues of the fold itself, none of which is in its training */
  own: Dialogue[];
}

/**
 * Folds in which nothing that is measured was trained on. A hidden turn is tested in the fold of its own dialogue, found
 * by the hidden text standing next to its neighbour. Left out of that fold's training are: every dialogue of the fold;
 * every dialogue that shares two adjacent turns with one of them (DailyDialog holds copies); and every chat in which
 * somebody speaks who speaks in a tested chat, so that no person is on both sides.
 * @throws Error if a hidden turn still stands next to its neighbour in the training of its fold
 */
export function foldsOf(dialogues: readonly Dialogue[], hidden: readonly HiddenTurn[]): Fold[] {
  const groups = groupCopies(dialogues);
  const foldOf = foldOfGroups(dialogues, groups);
  const home = pairsOf(dialogues);
  const places = hidden.map((item) =>
    pairKeys(item)
      .map((key) => home.get(key))
      .find((at) => at !== undefined),
  );
  return Array.from({ length: FOLDS }, (_, fold) => {
    const tested = hidden.filter(
      (_, i) => (places[i] === undefined ? i % FOLDS : foldOf.get(groups[places[i]!]!)) === fold,
    );
    const persons = new Set(dialogues.flatMap(({ speakers }, i) => (foldOf.get(groups[i]!) === fold ? speakers : [])));
    const training = dialogues.filter(
      ({ speakers }, i) => foldOf.get(groups[i]!) !== fold && !speakers.some((speaker) => persons.has(speaker)),
    );
    assertApart(training, tested);
    const own = dialogues.filter((_, i) => foldOf.get(groups[i]!) === fold);
    return { training, tested, own };
  });
}

function assertApart(training: readonly Dialogue[], tested: readonly HiddenTurn[]): void {
  const known = pairsOf(training);
  const seen = tested.find((item) => pairKeys(item).some((key) => known.has(key)));
  if (seen !== undefined) throw new Error(`${seen.set} ${seen.id} stands in the training of its own fold.`);
}

/** LoCoMo is never tested: it has no fold and always trains. The chats go round the folds after the dialogues. */
function foldOfGroups(dialogues: readonly Dialogue[], groups: readonly number[]): Map<number, number> {
  const folds = new Map<number, number>();
  let next = 0;
  for (const [i, { id }] of dialogues.entries()) {
    if (!id.startsWith('locomo/') && !folds.has(groups[i]!)) folds.set(groups[i]!, next++ % FOLDS);
  }
  return folds;
}

/** For each dialogue the number of the first one that it shares adjacent turns with, by way of others too. */
function groupCopies(dialogues: readonly Dialogue[]): number[] {
  const parent = dialogues.map((_, i) => i);
  const rootOf = (i: number): number => (parent[i] === i ? i : rootOf(parent[i]!));
  const first = new Map<string, number>();
  for (const [i, { turns }] of dialogues.entries()) {
    for (const key of adjacent(turns)) {
      const other = first.get(key);
      if (other === undefined) first.set(key, i);
      else {
        const [a, b] = [rootOf(other), rootOf(i)];
        parent[Math.max(a, b)] = Math.min(a, b);
      }
    }
  }
  return parent.map((_, i) => rootOf(i));
}

function pairsOf(dialogues: readonly Dialogue[]): Map<string, number> {
  const home = new Map<string, number>();
  for (const [i, { turns }] of dialogues.entries()) {
    for (const key of adjacent(turns)) if (!home.has(key)) home.set(key, i);
  }
  return home;
}

const adjacent = (turns: readonly string[]) => turns.slice(1).map((turn, i) => pairKey(turns[i]!, turn));

function pairKeys({ before, after, candidates, gold }: HiddenTurn): string[] {
  const said = candidates[gold]!;
  const sides: [string, string][] = [];
  if (before.length > 0) sides.push([before.at(-1)!, said]);
  if (after.length > 0) sides.push([said, after[0]!]);
  return sides.map(([a, b]) => pairKey(a, b));
}

const pairKey = (a: string, b: string) => `${a.trim()}\u0000${b.trim()}`;
