import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownMessage } from '../../../src/archaeology/reconstruct/ports.ts';
import { cosine } from '../../../src/dialogue/cosine.ts';
import { MemoryHistory } from '../../helpers/memory-history.ts';
import { seeded, unit } from '../../helpers/unit-vector.ts';
import { chat } from './scene.ts';

/** Few enough messages that each is among the nearest: then the oracle may look at all. */
const MESSAGES = 40;
const vectors = fc.integer({ min: 1, max: 1e6 }).map((seed) => {
  const random = seeded(seed);
  return Array.from({ length: MESSAGES }, () => unit(random, 16));
});

describe('likeContexts', () => {
  it('finds the turns whose two neighbours are most like the two of the place', () => {
    fc.assert(
      fc.property(vectors, fc.nat(MESSAGES - 2), (all, at) => {
        const messages = chat({}, MESSAGES).map((message, row): KnownMessage => ({ ...message, vector: all[row]! }));
        const sides = { before: { text: '', vector: all[at]! }, after: { text: '', vector: all[at + 1]! } };
        const like = (row: number) =>
          (cosine(sides.before.vector, all[row - 1] ?? null) + cosine(sides.after.vector, all[row + 1] ?? null)) / 2;
        const expected = messages
          .flatMap(({ id, isOwn }, row) => (isOwn ? [{ id, likeness: like(row) }] : []))
          .sort((a, b) => b.likeness - a.likeness)
          .slice(0, 5);
        const found = new MemoryHistory(messages, { model: 'test/1' })
          .ports()
          .similarContexts([sides.before], [sides.after], 5);
        expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        for (const [i, { likeness }] of found.entries()) expect(likeness).toBeCloseTo(expected[i]!.likeness, 5);
      }),
      { numRuns: 30 },
    );
  });

  it('finds nothing where neither neighbour has a vector', () => {
    const ports = new MemoryHistory(chat(), { model: null }).ports();
    expect(ports.similarContexts([{ text: 'x', vector: null }], [], 5)).toEqual([]);
  });
});
