import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCursor, encodeCursor, pageOf } from '../../src/shared/page.ts';

it('walks through all rows once, whatever the page size', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1000)), fc.integer({ min: 1, max: 9 }), (numbers, limit) => {
      const all = numbers.toSorted((a, b) => a - b);
      const seen: number[] = [];
      let cursor: string | null = null;
      do {
        const after: number = cursor === null ? -1 : Number(cursor);
        const page = pageOf(all.filter((n) => n > after).slice(0, limit + 1), limit, String);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items);
        cursor = page.next;
      } while (cursor !== null);
      expect(seen).toEqual(all);
    }),
  );
});

it('has no next page when the rows end exactly with this one', () => {
  expect(pageOf([1, 2], 2, String)).toEqual({ items: [1, 2], next: null });
  expect(pageOf([1, 2, 3], 2, String)).toEqual({ items: [1, 2], next: '2' });
  expect(pageOf([], 2, String)).toEqual({ items: [], next: null });
});

it('reads the numbers of its own cursors', () => {
  const numbers = fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(numbers, (list) => {
      expect(decodeCursor(encodeCursor(list), list.length)).toEqual(list);
    }),
    { examples: [[[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]]] },
  );
});

it.each([
  ['', 1],
  ['1', 2],
  ['1.2', 1],
  ['1..2', 3],
  ['A', 1],
  [' 1', 1],
  ['1.', 2],
  ['zzzzzzzzzzz', 1],
  ['--1', 1],
  ['1e9.é', 2],
])('refuses the cursor "%s" where %i numbers are wanted', (text, length) => {
  expect(decodeCursor(text, length)).toBeNull();
});
