import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formOf, outsideOf, RangeCounts } from '../../../src/archaeology/reconstruct/writing-ranges.ts';

const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 1, maxLength: 40 });

describe('the ranges of a person', () => {
  it('forget a message that is taken back', () => {
    fc.assert(
      fc.property(texts, texts, (kept, taken) => {
        const counts = new RangeCounts();
        for (const text of [...kept, ...taken]) counts.apply(text, 1);
        for (const text of taken) counts.apply(text, -1);
        const fresh = new RangeCounts();
        for (const text of kept) fresh.apply(text, 1);
        expect(counts.ranges()).toEqual(fresh.ranges());
      }),
    );
  });

  it('hold most of what the person wrote', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const counts = new RangeCounts();
        for (const text of all) counts.apply(text, 1);
        const ranges = counts.ranges();
        const inside = all.filter((text) => {
          const { words } = formOf(text);
          return words >= ranges.words[0] && words <= ranges.words[1];
        });
        expect(inside.length).toBeGreaterThanOrEqual(0.9 * all.length);
      }),
    );
  });

  it('tell in which respect a text lies outside', () => {
    const counts = new RangeCounts();
    for (let i = 0; i < 50; i++) counts.apply('see you at the lake', 1);
    const { capitalStart, endings } = counts.ranges();
    expect([capitalStart, endings['']]).toEqual([0, 1]);
    expect(outsideOf('see you at the sea', counts.ranges())).toEqual([]);
    expect(outsideOf('see you at the very far away lake of all lakes', counts.ranges())).toEqual(['words']);
    expect(outsideOf('see, you, at, the, sea', counts.ranges())).toEqual(['marks']);
    expect(outsideOf('SEE YOU AT THE SEA', counts.ranges())).toEqual(['capitals']);
  });
});
