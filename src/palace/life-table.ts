import { copied, FIRST_ROWS, widerFor } from './columns.ts';
import type { MemoryFilters } from './memories/contract.ts';
import { CATEGORIES, type Category } from './rooms/contract.ts';
import { strengthAt } from './strength.ts';

/** What filters and statistics ask of a memory. Times in epoch ms. */
export interface LifeFacts {
  palace: number;
  room: number;
  category: Category;
  kind: 'message' | 'note';
  pinned: boolean;
  stability: number;
  lastReview: number;
  due: number;
  validFrom: number;
  validUntil: number | null;
  supersededBy: number | null;
  duplicateOf: number | null;
}

const PRESENT = 1;
const PINNED = 2;
const NOTE = 4;
const SUPERSEDED = 8;
const DUPLICATE = 16;

/** Facts of placed memories by row, a column a fact: about 54 bytes a memory. */
export class LifeTable {
  private flags = new Uint8Array(FIRST_ROWS);
  private palace = new Int32Array(FIRST_ROWS);
  private room = new Int32Array(FIRST_ROWS);
  private category = new Uint8Array(FIRST_ROWS);
  private stability = new Float64Array(FIRST_ROWS);
  private lastReview = new Float64Array(FIRST_ROWS);
  private due = new Float64Array(FIRST_ROWS);
  private validFrom = new Float64Array(FIRST_ROWS);
  private validUntil = new Float64Array(FIRST_ROWS);
  private end = 0;

  set(row: number, facts: LifeFacts): void {
    this.reserve(row);
    this.flags[row] =
      PRESENT |
      (facts.pinned ? PINNED : 0) |
      (facts.kind === 'note' ? NOTE : 0) |
      (facts.supersededBy !== null ? SUPERSEDED : 0) |
      (facts.duplicateOf !== null ? DUPLICATE : 0);
    this.palace[row] = facts.palace;
    this.room[row] = facts.room;
    this.category[row] = CATEGORIES.indexOf(facts.category);
    this.stability[row] = facts.stability;
    this.lastReview[row] = facts.lastReview;
    this.due[row] = facts.due;
    this.validFrom[row] = facts.validFrom;
    this.validUntil[row] = facts.validUntil ?? Infinity;
    this.end = Math.max(this.end, row + 1);
  }

  remove(row: number): void {
    if (this.has(row)) this.flags[row] = 0;
  }

  has(row: number): boolean {
    return ((this.flags[row] ?? 0) & PRESENT) !== 0;
  }

  palaceOf(row: number): number | null {
    return this.has(row) ? this.palace[row]! : null;
  }

  /** 1 for a pinned memory: it does not fade. */
  strength(row: number, now: number): number {
    if ((this.flags[row]! & PINNED) !== 0) return 1;
    return strengthAt({ stability: this.stability[row]!, lastReview: this.lastReview[row]! }, now);
  }

  /**
   * One test of a row for all conditions.
   *
   * @param room row of the room that `room_id` names; undefined without one
   */
  filter(filters: MemoryFilters, room: number | undefined, now: number): (row: number) => boolean {
    const { min_strength: least = 0, pinned, due, kind } = filters;
    const category = filters.category === undefined ? -1 : CATEGORIES.indexOf(filters.category);
    const at = filters.valid_at === undefined ? null : Date.parse(filters.valid_at);
    const unwanted = (filters.include_superseded ? 0 : SUPERSEDED) | (filters.include_duplicates ? 0 : DUPLICATE);
    return (row) => {
      const flags = this.flags[row]!;
      if ((flags & PRESENT) === 0 || (flags & unwanted) !== 0) return false;
      if (category >= 0 && this.category[row] !== category) return false;
      if (room !== undefined && this.room[row] !== room) return false;
      if (pinned !== undefined && ((flags & PINNED) !== 0) !== pinned) return false;
      if (kind !== undefined && ((flags & NOTE) !== 0) !== (kind === 'note')) return false;
      if (due !== undefined && this.isDue(row, now) !== due) return false;
      if (at !== null && (this.validFrom[row]! > at || this.validUntil[row]! <= at)) return false;
      return least === 0 || this.strength(row, now) >= least;
    };
  }

  /** Counts over the memories of one palace. */
  summary(palace: number, now: number) {
    const strengths = new Array<number>(10).fill(0);
    const categories: Record<string, number> = {};
    const counts = { memories: 0, pinned: 0, due: 0, superseded: 0, duplicates: 0 };
    let sum = 0;
    for (let row = 0; row < this.end; row++) {
      const flags = this.flags[row]!;
      if ((flags & PRESENT) === 0 || this.palace[row] !== palace) continue;
      counts.memories++;
      if (flags & PINNED) counts.pinned++;
      if (flags & SUPERSEDED) counts.superseded++;
      if (flags & DUPLICATE) counts.duplicates++;
      if (this.isDue(row, now)) counts.due++;
      const strength = this.strength(row, now);
      sum += strength;
      strengths[Math.min(9, Math.floor(strength * 10))]!++;
      const category = CATEGORIES[this.category[row]!]!;
      categories[category] = (categories[category] ?? 0) + 1;
    }
    return { ...counts, strengths, categories, meanStrength: counts.memories === 0 ? null : sum / counts.memories };
  }

  private isDue(row: number, now: number): boolean {
    return (this.flags[row]! & PINNED) === 0 && this.due[row]! <= now;
  }

  private reserve(row: number): void {
    const length = this.flags.length;
    if (row < length) return;
    const wider = widerFor(row, length);
    this.flags = copied(new Uint8Array(wider), this.flags);
    this.palace = copied(new Int32Array(wider), this.palace);
    this.room = copied(new Int32Array(wider), this.room);
    this.category = copied(new Uint8Array(wider), this.category);
    this.stability = copied(new Float64Array(wider), this.stability);
    this.lastReview = copied(new Float64Array(wider), this.lastReview);
    this.due = copied(new Float64Array(wider), this.due);
    this.validFrom = copied(new Float64Array(wider), this.validFrom);
    this.validUntil = copied(new Float64Array(wider), this.validUntil);
  }
}
