import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bestChain } from '../../../src/archaeology/merge/align.ts';
import { mergeExports } from '../../../src/archaeology/merge/merge-exports.ts';
import type { ExportTurn } from '../../../src/archaeology/merge/merge-turn.ts';

const START = Date.UTC(2026, 0, 5, 9);
const HOUR = 3_600_000;
const WORDS = 'ok yes harbour lantern ferry orchard violin thunder pepper candle river saddle'.split(' ');

/** A chat of turns a minute or more apart, many of them said again and again. */
const chat = fc
  .array(
    fc.record({
      words: fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 5 }),
      pause: fc.integer({ min: 60, max: 4_000 }),
    }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((turns) => {
    let at = START;
    return turns.map(({ words, pause }, i): ExportTurn => {
      at += pause * 1_000;
      return { id: `${i}`, speaker: i % 3 === 0 ? 'Ana' : 'Bruno', at, content: words.join(' ') };
    });
  });

const split = (turns: readonly ExportTurn[], lacks: readonly number[], offset: number) => ({
  a: turns.filter((_, i) => lacks[i % lacks.length] !== 1).map((turn) => ({ ...turn, id: `a${turn.id}` })),
  b: turns
    .filter((_, i) => lacks[i % lacks.length] !== 2)
    .map((turn) => ({ ...turn, id: `b${turn.id}`, at: turn.at + offset, content: ` ${turn.content.toUpperCase()}!` })),
});

it('finds the best chain that trying all subsets finds', () => {
  const pair = fc.record({ a: fc.nat(5), b: fc.nat(5), worth: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 9 }), (pairs) => {
      const worthOf = (some: typeof pairs) => some.reduce((sum, { worth }) => sum + worth, 0);
      let best = 0;
      for (let mask = 0; mask < 1 << pairs.length; mask++) {
        const some = pairs.filter((_, i) => mask & (1 << i)).sort((x, y) => x.a - y.a || x.b - y.b);
        if (some.every(({ a, b }, i) => i === 0 || (a > some[i - 1]!.a && b > some[i - 1]!.b)))
          best = Math.max(best, worthOf(some));
      }
      const chain = bestChain(pairs, 6);
      expect(worthOf(chain)).toBe(best);
      expect(chain.every(({ a, b }, i) => i === 0 || (a > chain[i - 1]!.a && b > chain[i - 1]!.b))).toBe(true);
    }),
  );
});

it('keeps every message of either export once, each export in its own order', () => {
  fc.assert(
    fc.property(
      chat,
      fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: -12, max: 12 }),
      (turns, lacks, zone) => {
        const { a, b } = split(turns, lacks, zone * HOUR);
        const merged = mergeExports(a, b).turns;
        expect(merged.flatMap((turn) => turn.a ?? [])).toEqual(a.map(({ id }) => id));
        expect(merged.flatMap((turn) => turn.b ?? [])).toEqual(b.map(({ id }) => id));
        expect(merged.every((turn) => turn.a !== null || turn.b !== null)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

it('two whole exports of one chat are that chat, whatever the time zone', () => {
  fc.assert(
    fc.property(chat, fc.integer({ min: -12, max: 12 }), (turns, zone) => {
      // one text that is said once tells the clocks apart
      const whole = [
        ...turns,
        { id: 'last', speaker: 'Ana', at: turns.at(-1)!.at + 60_000, content: 'goodbye from the lighthouse' },
      ];
      const { a, b } = split(whole, [0], zone * HOUR);
      const { turns: merged, offsetMs } = mergeExports(a, b);
      expect(merged.map((turn) => [turn.a?.slice(1), turn.b?.slice(1)])).toEqual(whole.map(({ id }) => [id, id]));
      expect(offsetMs).toBe(zone * HOUR);
    }),
    { numRuns: 60 },
  );
});

const said = (id: string, minute: number, content: string, speaker = 'Ana'): ExportTurn => ({
  id,
  speaker,
  at: START + minute * 60_000,
  content,
});

it('the same word said twice stays twice', () => {
  const a = [said('a1', 0, 'Shall we take the ferry?'), said('a2', 2, 'ok'), said('a3', 9, 'See you at the harbour')];
  const b = [said('b1', 0, 'Shall we take the ferry?'), said('b2', 5, 'ok'), said('b3', 9, 'See you at the harbour')];
  expect(mergeExports(a, b).turns.map((turn) => [turn.a, turn.b])).toEqual([
    ['a1', 'b1'],
    ['a2', null],
    [null, 'b2'],
    ['a3', 'b3'],
  ]);
});

it('a corrected wording is one message, told with the first export', () => {
  const a = [
    said('a1', 0, 'Morning'),
    said('a2', 1, 'the ferry leaves at nine from the old harbour'),
    said('a3', 4, 'Got it'),
  ];
  const b = [
    said('b1', 0, 'Morning'),
    said('b2', 1, 'the ferry leaves at ten from the old harbour'),
    said('b3', 4, 'Got it'),
  ];
  const { turns } = mergeExports(a, b);
  expect(turns.map((turn) => turn.b)).toEqual(['b1', 'b2', 'b3']);
  expect(turns[1]!.content).toContain('nine');
});

it('names may differ from one address book to the other', () => {
  const a = [said('a1', 0, 'Where is the lantern?', 'Mum'), said('a2', 1, 'In the orchard shed', 'Me')];
  const b = [
    said('b1', 0, 'Where is the lantern?', 'Clara'),
    said('b2', 1, 'In the orchard shed', 'Ben'),
    said('b3', 2, 'Thanks', 'Clara'),
  ];
  expect(mergeExports(a, b).turns.map(({ speaker }) => speaker)).toEqual(['Mum', 'Me', 'Mum']);
});

it('merges with nothing, and nothing with nothing', () => {
  const a = [said('a1', 0, 'hello')];
  expect(mergeExports(a, []).turns.map((turn) => turn.a)).toEqual(['a1']);
  expect(mergeExports([], a).turns.map((turn) => turn.b)).toEqual(['a1']);
  expect(mergeExports([], []).turns).toEqual([]);
});
