import { type Fault, type Refusal, refused } from './errors.ts';

/** One page of a list; `next` is the cursor of the following page, null on the last. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/**
 * Cuts a page from `limit + 1` rows: the one too many tells that another page exists.
 *
 * @param cursorOf names the place after which the next page begins
 */
export function pageOf<T>(rows: T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** A cursor is opaque to clients: whole numbers in base 36, joined by dots. */
export const encodeCursor = (numbers: readonly number[]): string => numbers.map((n) => n.toString(36)).join('.');

/** @returns `length` whole numbers, or null if the text is no such cursor */
export function decodeCursor(text: string, length: number): number[] | null {
  const numbers = text
    .split('.')
    .map((part) => (/^-?[0-9a-z]{1,11}$/.test(part) ? Number.parseInt(part, 36) : Number.NaN));
  return numbers.length === length && numbers.every(Number.isSafeInteger) ? numbers : null;
}

/** Refuses a cursor that `decodeCursor` could not read, where the request held it. */
export const badCursorIn = (part: Fault['in']): Refusal => ({
  ...refused('invalid_input', 'The cursor is not one of ours.'),
  faults: [{ in: part, pointer: '/cursor', detail: 'Must be the `next` of an earlier page.' }],
});

export const BAD_CURSOR = badCursorIn('query');
