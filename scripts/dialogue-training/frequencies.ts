import { tokenize } from '../../src/text/tokenize.ts';
import type { Dialogue } from '../../test/eval/dialogues.ts';

const MOST = 2_500;
const LEAST = 4;

/** In how many turns the commonest stems stand. Only stems that two of the sets use: nobody's name, no set's own topic. */
export function frequenciesOf(dialogues: readonly Dialogue[]) {
  const counts = new Map<string, { turns: number; sets: Set<string> }>();
  let documents = 0;
  for (const { id, turns } of dialogues) {
    const set = id.split('/')[0]!;
    for (const text of turns) {
      documents++;
      for (const stem of new Set(tokenize(text))) {
        const known = counts.get(stem) ?? { turns: 0, sets: new Set() };
        counts.set(stem, known);
        known.turns++;
        known.sets.add(set);
      }
    }
  }
  const common = [...counts]
    .filter(
      ([stem, { turns, sets }]) => turns >= LEAST && sets.has('dailydialog') && sets.size > 1 && /^[a-z]+$/.test(stem),
    )
    .sort(([a, one], [b, other]) => other.turns - one.turns || (a < b ? -1 : 1))
    .slice(0, MOST);
  return { documents, frequencies: new Map(common.map(([stem, { turns }]) => [stem, turns])) };
}
