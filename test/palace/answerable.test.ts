import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answerable, type Evidence, Lead } from '../../src/palace/answerable.ts';
import { MemoryIndex } from '../../src/palace/memory-index.ts';
import { loadVectorKernel } from '../helpers/vector-kernel.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const evidence: fc.Arbitrary<Evidence> = fc.record({
  cosine: share,
  words: share,
  unheard: share,
  gap: fc.double({ min: 0, max: 20, noNaN: true }),
  lead: fc.double({ min: -3, max: 3, noNaN: true }),
});

it('is a probability that grows with what speaks for an answer', () => {
  fc.assert(
    fc.property(evidence, (one) => {
      const p = answerable(one, false);
      expect(p).toBeGreaterThan(0);
      expect(p).toBeLessThan(1);
      for (const more of ['cosine', 'words', 'gap', 'lead'] as const) {
        expect(answerable({ ...one, [more]: one[more] + 0.1 }, false)).toBeGreaterThan(p);
      }
      expect(answerable({ ...one, unheard: one.unheard + 0.1 }, false)).toBeLessThan(p);
    }),
  );
});

it('is none where nothing was found', () => {
  expect(answerable(null, false)).toBe(0);
});

it('weighs what the named person said against the best of the others', () => {
  const lead = new Lead();
  expect(lead.value).toBe(0);
  lead.note(true, 4);
  expect(lead.value).toBe(0);
  lead.note(false, 5.5);
  lead.note(false, 1);
  expect(lead.value).toBe(-1.5);
});

it('is higher where the matter was talked about, and for the person who did', () => {
  const index = new MemoryIndex(loadVectorKernel());
  const said = [
    ['Ana', 'I adopted a grey kitten from the shelter in March'],
    ['Ben', 'How lovely, congratulations to you'],
    ['Ana', 'Tomorrow the train leaves early'],
    ['Ben', 'Then we should go to bed soon, I suppose'],
  ] as const;
  const START = Date.parse('2026-05-01T09:00:00Z');
  for (const [row, [speaker, content]] of said.entries()) {
    index.add({ row, conversationId: `c${row}`, role: 'user', speaker, sentAt: START + row, content });
  }
  const judge = (text: string, topK = 3) =>
    index.answer({ text, vectors: new Map(), topK, filters: {}, now: { time: START, zone: 'UTC' }, explain: false })
      .answerable;
  const talked = judge('Which kitten did Ana adopt from the shelter?');
  expect(talked).toBeGreaterThan(judge('Which guitar did Ana buy at the harbour?'));
  expect(talked).toBeGreaterThan(judge('Which kitten did Ben adopt from the shelter?'));
  expect(judge('Which kitten did Ana adopt from the shelter?', 1)).toBe(talked);
});
