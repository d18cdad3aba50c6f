/**
 * Rows a column holds at first. Few, since most of the people who are awake in an isolate at once have said little, and
 * empty columns of a thousand rows would be most of what it holds of them.
 */
export const FIRST_ROWS = 64;

/** Rows to hold where `row` has no place among `held`. */
export const widerFor = (row: number, held: number): number => Math.max(row + 1, held * 2);

/** What a wider column takes over. */
export function copied<T extends { set(from: T): void }>(to: T, from: T): T {
  to.set(from);
  return to;
}
