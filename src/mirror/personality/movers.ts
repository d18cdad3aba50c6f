import { TRAITS, type Trait } from './traits.ts';

/** A message and how far it pulled a trait, in score · words: positive pulls up. */
export interface Mover {
  row: number;
  id: string;
  pull: number;
}

/** More are kept than shown, so that what is shown stays right while some of them are taken back. */
const KEPT = 24;
const SHOWN = 5;

export type Movers = Record<Trait, Mover[]>;

export const emptyMovers = (): Movers => ({ O: [], C: [], E: [], A: [], N: [] });

/** Keeps the messages that pulled each trait most. Ties go to the earlier row, so that the order of arrival is of no account. */
export function addMover(movers: Movers, row: number, id: string, pulls: ArrayLike<number>): void {
  for (const [t, trait] of TRAITS.entries()) {
    const list = movers[trait];
    const mover = { row, id, pull: pulls[t]! };
    const last = list.at(-1);
    if (mover.pull === 0 || (list.length >= KEPT && last !== undefined && stronger(last, mover) < 0)) continue;
    const place = list.findIndex((other) => stronger(mover, other) < 0);
    list.splice(place === -1 ? list.length : place, 0, mover);
    if (list.length > KEPT) list.pop();
  }
}

/** Takes a message out. One that had been crowded out by it does not come back. */
export function removeMover(movers: Movers, row: number): void {
  for (const trait of TRAITS) {
    const place = movers[trait].findIndex((mover) => mover.row === row);
    if (place !== -1) movers[trait].splice(place, 1);
  }
}

export const strongest = (movers: Movers, trait: Trait): Mover[] => movers[trait].slice(0, SHOWN);

const stronger = (a: Mover, b: Mover): number => Math.abs(b.pull) - Math.abs(a.pull) || a.row - b.row;
