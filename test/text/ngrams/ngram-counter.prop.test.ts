import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../src/statistics/seeded.ts';
import { NgramCounter, type NgramOrder } from '../../../src/text/ngrams/ngram-counter.ts';
import { words } from '../../../src/text/tokenize.ts';

const ORDERS: NgramOrder[] = [1, 2, 3];
const word = fc.constantFrom(
  'a',
  'I',
  'don’t',
  "it's",
  'naïve',
  'Straße',
  '猫が好き',
  'สวัสดี',
  '👍',
  'x²',
  'İ',
  '…',
  '—',
  'é́',
  '42',
);
const message = fc.oneof(
  fc.array(word, { maxLength: 12 }).map((each) => each.join(' ')),
  fc.string({ unit: 'grapheme' }),
);

/** From the definition: each run of 1 to 3 words of a message, joined. */
function byMap(messages: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const each of messages.map(words)) {
    for (let i = 0; i < each.length; i++) {
      for (let n = 1; n <= 3 && i + n <= each.length; n++) {
        const gram = each.slice(i, i + n).join(' ');
        counts.set(gram, (counts.get(gram) ?? 0) + 1);
      }
    }
  }
  return counts;
}

function held(counter: NgramCounter): Map<string, number> {
  const counts = new Map<string, number>();
  for (const order of ORDERS) counter.each(order, (gram, count) => counts.set(gram.join(' '), count));
  return counts;
}

const sorted = (counts: Map<string, number>) => [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
/** Rare words upon rare words: what a small dictionary cannot hold. */
function longTail(count: number, seed: number): string[] {
  const random = seeded(seed);
  const rank = () => Math.floor(20_000 ** random());
  return Array.from({ length: count }, () => Array.from({ length: 8 }, () => `w${rank()}`).join(' '));
}

describe('NgramCounter', () => {
  it('counts as a Map of joined words does, in any script', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
        const counter = new NgramCounter();
        for (const each of messages) counter.add(each);
        expect(sorted(held(counter))).toEqual(sorted(byMap(messages)));
      }),
      { numRuns: 300 },
    );
  });

  it('is as if it had never seen what was taken back', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 10 }), fc.array(message, { maxLength: 10 }), (kept, gone) => {
        const counter = new NgramCounter();
        for (const each of [...kept, ...gone]) counter.add(each);
        for (const each of gone.toReversed()) counter.remove(each);
        expect(sorted(held(counter))).toEqual(sorted(byMap(kept)));
      }),
    );
  });

  it('never counts too high, nor short of the truth by more than its error, once it overflows', () => {
    const counter = new NgramCounter({ maxCounters: 8192 });
    const messages = longTail(4000, 7);
    for (const each of messages) counter.add(each);
    const gone = messages.splice(0, 500);
    for (const each of gone) counter.remove(each);
    const truth = byMap(messages);
    const counts = held(counter);
    for (const [gram, count] of counts) expect(count).toBeLessThanOrEqual(truth.get(gram)!);
    for (const [gram, count] of truth) expect(count - (counts.get(gram) ?? 0)).toBeLessThanOrEqual(counter.error);
    expect(counter.error).toBeGreaterThan(0);
    expect(counter.error).toBeLessThanOrEqual((2 * counter.added) / (8192 - 4 * 1024));
    expect(counter.size).toBeLessThanOrEqual(8192);
  });

  it('stays within its error when it overflows amid a giant message', () => {
    const counter = new NgramCounter({ maxCounters: 8192 });
    const unlike = Array.from({ length: 20_000 }, (_, i) => `only${i}`).join(' ');
    const texts = [longTail(1500, 1).join(' '), unlike, longTail(1500, 2).join(' ')];
    for (const [i, each] of texts.entries()) {
      counter.add(each);
      const truth = byMap(texts.slice(0, i + 1));
      for (const [gram, count] of held(counter)) expect(count).toBeLessThanOrEqual(truth.get(gram) ?? 0);
    }
    expect(counter.error).toBeGreaterThan(0);
  });

  it('holds its memory while new words keep coming', () => {
    const counter = new NgramCounter({ maxCounters: 8192 });
    for (let i = 0; i < 30_000; i++) {
      counter.add(`new${i} word${i} each${i} time ${'long'.repeat(i % 60)}`);
    }
    expect(counter.bytes).toBeLessThan(2 ** 20);
  });

  it('counts across the pieces that a giant message is cut into', () => {
    const giant = longTail(1000, 3).join(' ');
    for (const text of [giant, `${giant} ’ ß ${giant}`]) {
      const counter = new NgramCounter();
      counter.add(text);
      expect(sorted(held(counter))).toEqual(sorted(byMap([text])));
    }
  });

  it('counts units that hold an n-gram, however often they do', () => {
    fc.assert(
      fc.property(fc.array(fc.array(message, { maxLength: 4 }), { maxLength: 6 }), (days) => {
        const counter = new NgramCounter();
        for (const [day, messages] of days.entries()) for (const each of messages) counter.addOnce(each, day + 1);
        const truth = new Map<string, number>();
        for (const messages of days) {
          for (const gram of byMap(messages).keys()) truth.set(gram, (truth.get(gram) ?? 0) + 1);
        }
        expect(sorted(held(counter))).toEqual(sorted(truth));
      }),
    );
  });

  it('finds single counts by their words', () => {
    const counter = new NgramCounter();
    counter.add('to be or not to be');
    expect(
      [['to'], ['to', 'be'], ['or', 'not', 'to'], ['be', 'to'], ['whether']].map((gram) => counter.count(gram)),
    ).toEqual([2, 2, 1, 0, 0]);
  });

  it('keeps apart words that differ within their first 128 characters only', () => {
    const counter = new NgramCounter();
    const long = 'x'.repeat(128);
    counter.add(`${long}a ${long}b ${long.slice(1)}y`);
    expect(counter.count([long])).toBe(2);
  });
});
