import { copied, FIRST_ROWS, widerFor } from './columns.ts';

/** No neighbour on that side. */
export const NONE = -1;

/**
 * Who spoke before and after whom: rows of a conversation in order of (time, row). Messages may arrive in any order.
 * `previous` and `next` are read by row in hot loops, so they are plain arrays; read them only for known rows.
 */
export class Neighbours {
  previous = new Int32Array(FIRST_ROWS).fill(NONE);
  next = new Int32Array(FIRST_ROWS).fill(NONE);
  private times = new Float64Array(FIRST_ROWS);
  private readonly conversations = new Map<number, number[]>();

  /** @param sentAt epoch ms */
  add(row: number, conversation: number, sentAt: number): void {
    this.reserve(row);
    this.times[row] = sentAt;
    let order = this.conversations.get(conversation);
    if (order === undefined) {
      order = [];
      this.conversations.set(conversation, order);
    }
    const at = this.position(order, row);
    order.splice(at, 0, row);
    const before = order[at - 1] ?? NONE;
    const after = order[at + 1] ?? NONE;
    this.link(before, row);
    this.link(row, after);
  }

  remove(row: number, conversation: number): void {
    const order = this.conversations.get(conversation);
    if (order === undefined) return;
    order.splice(this.position(order, row), 1);
    if (order.length === 0) this.conversations.delete(conversation);
    this.link(this.previous[row]!, this.next[row]!);
    this.previous[row] = NONE;
    this.next[row] = NONE;
  }

  /** Rows of every conversation, in order. The lists are the index's own: read them at once. */
  all(): readonly (readonly number[])[] {
    return [...this.conversations.values()];
  }

  private link(before: number, after: number): void {
    if (before !== NONE) this.next[before] = after;
    if (after !== NONE) this.previous[after] = before;
  }

  /** Where the row stands, or would stand. */
  private position(order: readonly number[], row: number): number {
    let low = 0;
    let high = order.length;
    // nearly every message is the newest of its conversation
    if (high > 0 && this.isBefore(order[high - 1]!, row)) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.isBefore(order[middle]!, row)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private isBefore(a: number, b: number): boolean {
    const difference = this.times[a]! - this.times[b]!;
    return difference < 0 || (difference === 0 && a < b);
  }

  private reserve(row: number): void {
    const held = this.times.length;
    if (row < held) return;
    const wider = widerFor(row, held);
    this.times = copied(new Float64Array(wider), this.times);
    this.previous = copied(new Int32Array(wider).fill(NONE), this.previous);
    this.next = copied(new Int32Array(wider).fill(NONE), this.next);
  }
}
