import type { TopK } from '../spatial/top-k.ts';

/**
 * Collapses messages that say the same into the best of them, so that what one answer says takes one place. Only what
 * is part of such a group is kept here.
 */
export class Sayings {
  private readonly firsts: ReadonlySet<number>;
  private readonly duplicateOf: ReadonlyMap<number, number>;
  /** what says the same, by the first that says it */
  private readonly groups = new Map<number, { best: number; score: number; rows: number[] }>();

  /** @param duplicateOf row of the first message that says the same, by row; a first is itself no duplicate */
  constructor(duplicateOf: ReadonlyMap<number, number>) {
    this.duplicateOf = duplicateOf;
    this.firsts = new Set(duplicateOf.values());
  }

  /** @returns false, and keeps nothing, if nothing else says what this row says. Rows come in rising order */
  take(row: number, score: number): boolean {
    const first = this.duplicateOf.get(row) ?? row;
    if (first === row && !this.firsts.has(row)) return false;
    const group = this.groups.get(first);
    if (group === undefined) this.groups.set(first, { best: row, score, rows: [row] });
    else {
      group.rows.push(row);
      if (score > group.score) Object.assign(group, { best: row, score });
    }
    return true;
  }

  /** The best of each group competes with the others. */
  pushInto(best: TopK): void {
    for (const group of this.groups.values()) best.push(group.best, group.score);
  }

  /** The other rows that say what this one says, of those that were taken. */
  othersOf(row: number): number[] {
    const group = this.groups.get(this.duplicateOf.get(row) ?? row);
    return group === undefined ? [] : group.rows.filter((other) => other !== row);
  }
}
