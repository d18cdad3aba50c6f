import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SearchFilters } from '../../src/palace/contract.ts';
import { type IndexedMessage, MemoryIndex } from '../../src/palace/memory-index.ts';
import { loadVectorKernel } from '../helpers/vector-kernel.ts';

const kernel = loadVectorKernel();
const START = Date.parse('2026-05-01T00:00:00Z');
const DAY = 86_400_000;
const WORDS = ['kitten', 'train', 'yesterday', 'lasagne', 'ok', 'May', '猫', 'Why?'];

interface Said extends Omit<IndexedMessage, 'row'> {
  vector: { model: string; bytes: Int8Array } | null;
}

const said: fc.Arbitrary<Said> = fc.record({
  conversationId: fc.constantFrom('c1', 'c2', 'c3'),
  role: fc.constantFrom('user' as const, 'assistant' as const, 'system' as const),
  speaker: fc.constantFrom('Ana', 'Ben Lima', null),
  sentAt: fc.integer({ min: 0, max: 60 }).map((days) => START + days * DAY),
  content: fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map((list) => list.join(' ')),
  vector: fc.option(
    fc.record({
      model: fc.constantFrom('m1', 'm2'),
      bytes: fc
        .array(fc.integer({ min: -127, max: 127 }), { minLength: 4, maxLength: 4 })
        .map((b) => Int8Array.from(b)),
    }),
  ),
});
const chat = fc.array(said, { minLength: 1, maxLength: 30 });
const iso = fc.integer({ min: 0, max: 60 }).map((days) => new Date(START + days * DAY).toISOString());
const filters: fc.Arbitrary<SearchFilters> = fc.record(
  {
    after: iso,
    before: iso,
    conversation_ids: fc.uniqueArray(fc.constantFrom('c1', 'c2', 'nowhere'), { minLength: 1 }),
    speakers: fc.uniqueArray(fc.constantFrom('Ana', 'Ben Lima', 'nobody'), { minLength: 1 }),
    roles: fc.uniqueArray(fc.constantFrom('user' as const, 'assistant' as const), { minLength: 1 }),
  },
  { requiredKeys: [] },
);
const text = fc
  .array(fc.constantFrom(...WORDS, 'Ana', 'When', 'on 3 May 2026'), { maxLength: 5 })
  .map((l) => l.join(' '));

const VECTORS = new Map([
  ['m1', Float32Array.of(0.5, 0.5, -0.5, 0.5)],
  ['m2', Float32Array.of(-1, 0, 0, 0)],
]);

function put(index: MemoryIndex, row: number, { vector, ...message }: Said): void {
  index.add({ row, ...message });
  if (vector !== null) index.setVector(row, vector.model, vector.bytes, 0.01);
}

const ask = (index: MemoryIndex, query: string, topK: number, wanted: SearchFilters = {}) =>
  index.search({
    text: query,
    vectors: VECTORS,
    topK,
    filters: wanted,
    now: { time: START, zone: 'UTC' },
    explain: true,
  });

function passes(message: Said, wanted: SearchFilters): boolean {
  return (
    (wanted.after === undefined || message.sentAt >= Date.parse(wanted.after)) &&
    (wanted.before === undefined || message.sentAt < Date.parse(wanted.before)) &&
    (wanted.conversation_ids === undefined || wanted.conversation_ids.includes(message.conversationId)) &&
    (wanted.speakers === undefined || (message.speaker !== null && wanted.speakers.includes(message.speaker))) &&
    (wanted.roles === undefined || wanted.roles.includes(message.role))
  );
}

describe('MemoryIndex', () => {
  it('applies filters before the cut: the answer is the unfiltered ranking without what does not pass', () => {
    fc.assert(
      fc.property(chat, text, filters, fc.integer({ min: 1, max: 8 }), (messages, query, wanted, topK) => {
        const index = new MemoryIndex(kernel);
        for (const [row, message] of messages.entries()) put(index, row, message);
        const passing = ask(index, query, 100).filter(({ row }) => passes(messages[row]!, wanted));
        expect(ask(index, query, topK, wanted)).toEqual(passing.slice(0, topK));
      }),
      { numRuns: 500 },
    );
  });

  it('ranks by score, ties by row, and explains every score', () => {
    fc.assert(
      fc.property(chat, text, (messages, query) => {
        const index = new MemoryIndex(kernel);
        for (const [row, message] of messages.entries()) put(index, row, message);
        const hits = ask(index, query, 100);
        expect(hits).toEqual(hits.toSorted((a, b) => b.score - a.score || a.row - b.row));
        for (const { score, signals } of hits) {
          expect(Object.values(signals).reduce((sum, share) => sum + share, 0)).toBeCloseTo(score, 9);
        }
      }),
    );
  });

  it('answers as if a removed message had never been there', () => {
    fc.assert(
      fc.property(chat, chat, text, (kept, gone, query) => {
        const index = new MemoryIndex(kernel);
        const fresh = new MemoryIndex(kernel);
        // those that go arrive first and in between
        for (const [i, message] of gone.entries()) put(index, 1_000 + i, message);
        for (const [row, message] of kept.entries()) {
          put(index, row, message);
          put(fresh, row, message);
        }
        for (const i of gone.keys()) expect(index.remove(1_000 + i)).toBe(true);
        expect(index.remove(1_000)).toBe(false);
        expect(index.size).toBe(fresh.size);
        expect(new Set(index.models())).toEqual(new Set(fresh.models()));
        const [left, right] = [ask(index, query, 100), ask(fresh, query, 100)];
        expect(left.map(({ row }) => row)).toEqual(right.map(({ row }) => row));
        for (const [i, { score }] of left.entries()) expect(score).toBeCloseTo(right[i]!.score, 9);
      }),
      { numRuns: 300 },
    );
  });
});
