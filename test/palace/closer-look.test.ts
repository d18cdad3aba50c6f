import { describe, expect, it } from 'vitest';
import { FEATURES, type Judge, LOOKED_AT } from '../../src/palace/closer-look.ts';
import { type IndexQuery, MemoryIndex } from '../../src/palace/memory-index.ts';
import { loadVectorKernel } from '../helpers/vector-kernel.ts';

const kernel = loadVectorKernel();
const START = Date.parse('2026-05-01T09:00:00Z');
const MINUTE = 60_000;

function indexOf(contents: readonly string[], judge: Judge): MemoryIndex {
  const index = new MemoryIndex(kernel, judge);
  for (const [row, content] of contents.entries()) {
    const speaker = row % 2 === 0 ? 'Ana' : 'Ben';
    index.add({ row, conversationId: `c${row >> 2}`, role: 'user', speaker, sentAt: START + row * MINUTE, content });
  }
  return index;
}

const query = (text: string, rest: Partial<IndexQuery> = {}): IndexQuery => ({
  ...{ text, vectors: new Map(), topK: 10, filters: {}, now: { time: START, zone: 'UTC' }, explain: true },
  ...rest,
});
const rowsOf = (index: MemoryIndex, asked: IndexQuery) => index.search(asked).map(({ row }) => row);
const says =
  (lookAt: (place: number) => number): Judge =>
  (features) =>
    Float64Array.from({ length: features.length / FEATURES }, (_, place) => lookAt(place));
const nothing = says(() => 0);
const lastFirst = says((place) => 10 * place);
const KITTENS = ['A kitten', 'The kitten sleeps', 'A dog', 'Which kitten?', 'The kitten eats', 'It rains'];
/** More than are looked at. */
const MANY = Array.from({ length: LOOKED_AT + 20 }, (_, i) => `kitten ${'on the long grey wall '.repeat(i % 7)}`);

describe('the closer look', () => {
  it('orders the candidates anew, and its share of the score is shown', () => {
    const before = rowsOf(indexOf(KITTENS, nothing), query('kitten'));
    const hits = indexOf(KITTENS, lastFirst).search(query('kitten'));
    expect(hits.map(({ row }) => row)).toEqual(before.toReversed());
    expect(hits.map(({ signals }) => signals.closer_look)).toEqual(hits.map((_, i) => 10 * (hits.length - 1 - i)));
  });

  it('reaches a fixed number of candidates, however many are asked for; the others stay behind them', () => {
    const before = rowsOf(indexOf(MANY, nothing), query('kitten', { topK: 100 }));
    const index = indexOf(MANY, lastFirst);
    const looked = before.slice(0, LOOKED_AT).toReversed();
    expect(rowsOf(index, query('kitten', { topK: 100 }))).toEqual([...looked, ...before.slice(LOOKED_AT)]);
    expect(rowsOf(index, query('kitten', { topK: 3 }))).toEqual(looked.slice(0, 3));
  });

  it('does not touch the probability of an answer, nor what it is concluded from', () => {
    const { answerable, evidence } = indexOf(MANY, nothing).answer(query('grey kitten'));
    expect(indexOf(MANY, lastFirst).answer(query('grey kitten'))).toMatchObject({ answerable, evidence });
  });

  it('is not taken where all of a time is asked for, nor where nothing is found', () => {
    const index = indexOf(KITTENS, () => {
      throw new Error('nothing to look at');
    });
    expect(rowsOf(index, query('What did we talk about on 1 May 2026?'))).toHaveLength(KITTENS.length);
    expect(rowsOf(index, query('zebra'))).toEqual([]);
  });

  it('sees the same of a candidate whatever the filters, the duplicates and the number asked for', () => {
    const seen: number[][] = [];
    const index = indexOf(KITTENS, (features) => {
      for (let at = 0; at < features.length; at += FEATURES) seen.push([...features.subarray(at, at + FEATURES)]);
      return nothing(features);
    });
    index.search(query('Why does the kitten sleep?'));
    const [all, count] = [new Set(seen.map(String)), seen.length];
    expect(all.size).toBe(count);
    index.search(query('Why does the kitten sleep?', { filters: { speakers: ['Ana'] } }));
    index.search(query('Why does the kitten sleep?', { topK: 1 }));
    index.search(query('Why does the kitten sleep?', { duplicateOf: new Map([[4, 1]]) }));
    expect(seen.length).toBeGreaterThan(2 * count);
    for (const features of seen) expect(all).toContain(String(features));
  });

  it('sees no more of a removed message', () => {
    const seen: string[] = [];
    const judge: Judge = (features) => {
      seen.push(String(features));
      return nothing(features);
    };
    const index = indexOf([...KITTENS, 'In Oslo Ana met a kitten, because she went there on two days'], judge);
    index.remove(6);
    index.search(query('kitten'));
    indexOf(KITTENS, judge).search(query('kitten'));
    expect(seen[1]).toBe(seen[0]);
  });
});
