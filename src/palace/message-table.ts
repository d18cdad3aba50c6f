import { copied, FIRST_ROWS, widerFor } from './columns.ts';

/** Nobody in particular said it. */
export const NO_SPEAKER = -1;

/** The message ends with a question mark. */
export const IS_QUESTION = 1;
/** There is a question mark in the message. */
export const ASKS = 2;
/** The message says when something was. */
export const STATES_TIME = 4;
/** Whoever says it speaks of themselves. */
export const OF_SELF = 8;
/** There is a digit in the message. */
export const HAS_NUMBER = 16;
const PRESENT = 128;

/** What a row of the table holds. Conversation and speaker are interned names. */
export interface TableRow {
  /** epoch ms */
  sentAt: number;
  conversation: number;
  speaker: number;
  role: number;
  /** of the constants above */
  flags: number;
}

/** Facts of messages by row, a column a fact. Columns are read in hot loops and only for rows that are present. */
export class MessageTable {
  sentAt = new Float64Array(FIRST_ROWS);
  conversation = new Int32Array(FIRST_ROWS);
  speaker = new Int32Array(FIRST_ROWS);
  role = new Uint8Array(FIRST_ROWS);
  flags = new Uint8Array(FIRST_ROWS);
  /** one more than the highest row ever present */
  end = 0;
  private present = 0;

  get size(): number {
    return this.present;
  }

  get capacity(): number {
    return this.flags.length;
  }

  has(row: number): boolean {
    return ((this.flags[row] ?? 0) & PRESENT) !== 0;
  }

  set(row: number, facts: TableRow): void {
    this.reserve(row);
    this.sentAt[row] = facts.sentAt;
    this.conversation[row] = facts.conversation;
    this.speaker[row] = facts.speaker;
    this.role[row] = facts.role;
    this.flags[row] = facts.flags | PRESENT;
    this.end = Math.max(this.end, row + 1);
    this.present++;
  }

  remove(row: number): void {
    this.flags[row] = 0;
    this.present--;
  }

  private reserve(row: number): void {
    const length = this.capacity;
    if (row < length) return;
    const wider = widerFor(row, length);
    this.sentAt = copied(new Float64Array(wider), this.sentAt);
    this.conversation = copied(new Int32Array(wider), this.conversation);
    this.speaker = copied(new Int32Array(wider), this.speaker);
    this.role = copied(new Uint8Array(wider), this.role);
    this.flags = copied(new Uint8Array(wider), this.flags);
  }
}
