import type { Anchor } from './clock-offset.ts';
import type { ExportTurn } from './merge-turn.ts';

export interface SpeakerMap {
  isSame(a: string, b: string): boolean;
  /** the first export's name of a person of the second; the second's own where nobody is known */
  nameInA(b: string): string;
}

/**
 * Who is who, where two exports name people as each address book does: each name of the second goes to the name of the
 * first with which it shares most rare texts. Names without any shared text match by name alone.
 */
export function sameSpeakers(
  anchors: readonly Anchor[],
  a: readonly ExportTurn[],
  b: readonly ExportTurn[],
): SpeakerMap {
  const votes = new Map<string, Map<string, number>>();
  for (const anchor of anchors) {
    const [nameA, nameB] = [a[anchor.a]!.speaker, b[anchor.b]!.speaker];
    const mine = votes.get(nameB) ?? new Map<string, number>();
    votes.set(nameB, mine.set(nameA, (mine.get(nameA) ?? 0) + 1));
  }
  const names = new Map([...votes].map(([nameB, mine]) => [nameB, [...mine].sort((x, y) => y[1] - x[1])[0]![0]]));
  const nameInA = (name: string) => names.get(name) ?? name;
  return { nameInA, isSame: (nameA, nameB) => nameInA(nameB) === nameA };
}
