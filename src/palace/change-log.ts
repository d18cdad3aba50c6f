import { touching } from './may-touch.ts';
import type { Shape } from './memories/contract.ts';

export type Spot = readonly [number, number, number];

/** A memory came to a spot of a palace (metres), or left all of them. */
export interface Change {
  row: number;
  to: { palace: number; at: Spot } | null;
}

/** What has become of an answer: rows that are to be taken out of it, and where those are now that may belong to it. */
export interface Overtaken {
  gone: ReadonlySet<number>;
  come: ReadonlyMap<number, Spot>;
}

/** Changes that one log remembers; an answer from before them is stale. */
const MOST_CHANGES = 1_024;
/** Changes that an isolate remembers of all its people together, some 130 bytes each. */
const MOST_OF_ALL = 20_000;
/** Changes to an answer after which it is rather found anew than mended. */
const MOST_MENDED = 64;

/** What has changed in one person's palaces, without a gap, from one epoch to another. */
export class ChangeLog {
  /** of this log alone: what is kept under it is told by no other whether it still holds */
  readonly id = crypto.randomUUID();
  /** the palaces are those of this epoch once all that is noted has happened */
  private through: number;
  /** every change after this epoch is noted */
  private since: number;
  /** oldest first */
  private changes: (Change & { epoch: number })[] = [];

  /** @param epoch of the palaces now */
  constructor(epoch: number) {
    this.since = epoch;
    this.through = epoch;
  }

  get size(): number {
    return this.changes.length;
  }

  /** Whether nothing has happened to palaces of this epoch that is not noted. */
  isThrough(epoch: number): boolean {
    return this.through === epoch;
  }

  /** Changes that have, together, made the palaces those of `epoch`. */
  note(changes: readonly Change[], epoch: number): void {
    for (const change of changes) this.changes.push({ ...change, epoch });
    this.through = epoch;
    if (this.changes.length < 2 * MOST_CHANGES) return;
    this.since = this.changes.at(-MOST_CHANGES - 1)!.epoch;
    this.changes = this.changes.filter((change) => change.epoch > this.since);
  }

  /**
   * Rows of which an answer of an earlier epoch may be wrong now: those it holds that have changed since, and those that
   * stand in or about its shape since. Null: they are not known, or too many.
   */
  overtaken(shape: Exclude<Shape, { type: 'nearest' }>, answer: OfEpoch): Overtaken | null {
    if (answer.epoch < this.since || answer.epoch > this.through) return null;
    const [gone, come] = [new Set<number>(), new Map<number, Spot>()];
    if (answer.epoch === this.through) return { gone, come };
    const changed = new Set<number>();
    const touches = touching(shape);
    for (let i = this.changes.length - 1; i >= 0 && this.changes[i]!.epoch > answer.epoch; i--) {
      const { row, to } = this.changes[i]!;
      if (changed.has(row)) continue; // and changed again
      changed.add(row);
      if (to?.palace === answer.palace && touches(to.at)) come.set(row, to.at);
      if (come.size > MOST_MENDED) return null;
    }
    for (const row of answer.rows) if (changed.has(row)) gone.add(row);
    return gone.size > MOST_MENDED ? null : { gone, come };
  }
}

/** What lay in a shape of a palace (its row), and when. */
interface OfEpoch {
  palace: number;
  epoch: number;
  rows: Uint32Array;
}

/**
 * Logs of the people of one isolate. They outlast the sleep of an object: when it wakes in the same isolate and its
 * storage is of the epoch that its log has come to, whatever was kept can still be told right from overtaken.
 */
export class ChangeLogs {
  /** the one used least lately first */
  private readonly logs = new Map<string, ChangeLog>();
  private size = 0;

  /** @param epoch of the palaces now */
  begin(epoch: number): ChangeLog {
    const log = new ChangeLog(epoch);
    this.logs.set(log.id, log);
    return log;
  }

  /** The log of an id, if it has come to this epoch. One that has not is of no more use to anybody. */
  resume(id: string, epoch: number): ChangeLog | null {
    const log = this.logs.get(id);
    if (log?.isThrough(epoch)) return log;
    this.forget(id);
    return null;
  }

  /** As the log does, within what all may remember: those used least lately go. */
  note(log: ChangeLog, changes: readonly Change[], epoch: number): void {
    this.forget(log.id);
    log.note(changes, epoch);
    this.logs.set(log.id, log);
    this.size += log.size;
    for (const id of this.logs.keys()) {
      if (this.size <= MOST_OF_ALL && this.logs.size <= MOST_OF_ALL) break;
      this.forget(id);
    }
  }

  forget(id: string): void {
    this.size -= this.logs.get(id)?.size ?? 0;
    this.logs.delete(id);
  }
}
