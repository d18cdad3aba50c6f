import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { discountsOf } from '../../../src/archaeology/style-model/kneser-ney.ts';
import { StyleModel } from '../../../src/archaeology/style-model/style-model.ts';
import { styleTokens } from '../../../src/archaeology/style-model/style-tokens.ts';

const word = fc.constantFrom('the', 'The', 'cat', 'sat', 'on', 'mat', '!', '…', '猫が', 'ok', '😀');
const message = fc.array(word, { minLength: 1, maxLength: 8 }).map((each) => each.join(' '));
const history = fc.array(message, { maxLength: 25 });
type Ends = [string, string, string];

/** Modified Kneser-Ney from its definition, over a Map of trigrams. `^` and `$` stand before and after a message. */
class Oracle {
  private readonly trigrams = new Map<string, number>();
  private readonly words = new Set<string>();

  constructor(messages: readonly string[]) {
    for (const each of messages) {
      const tokens = ['^', '^', ...styleTokens(each), '$'];
      for (const token of tokens.slice(2, -1)) this.words.add(token);
      for (let i = 2; i < tokens.length; i++) {
        const key = JSON.stringify(tokens.slice(i - 2, i + 1));
        this.trigrams.set(key, (this.trigrams.get(key) ?? 0) + 1);
      }
    }
  }

  /** counts at one level: tokens of the trigram from `from` on; different beginnings below the highest level */
  private level(from: 0 | 1 | 2): Map<string, number> {
    if (from === 0) return this.trigrams;
    const counts = new Map<string, number>();
    for (const key of this.level((from - 1) as 0 | 1).keys()) {
      const rest = JSON.stringify((JSON.parse(key) as string[]).slice(1));
      counts.set(rest, (counts.get(rest) ?? 0) + 1);
    }
    return counts;
  }

  probability(gram: Ends): number {
    let p = 1 / (this.words.size + 2);
    for (const from of [2, 1, 0] as const) {
      const counts = this.level(from);
      const spectrum = [0, 0, 0, 0, 0];
      for (const count of counts.values()) if (count < 5) spectrum[count]!++;
      const discounts = discountsOf(spectrum);
      const context = JSON.stringify(gram.slice(from, 2)).slice(0, -1);
      const followers = [...counts].filter(([key]) => key.startsWith(context === '[' ? context : `${context},`));
      const total = followers.reduce((sum, [, count]) => sum + count, 0);
      if (total === 0) continue;
      const count = counts.get(JSON.stringify(gram.slice(from))) ?? 0;
      const held = followers.reduce((sum, [, each]) => sum + discounts[Math.min(each, 3)]!, 0);
      p = (count - discounts[Math.min(count, 3)]!) / total + (held / total) * p;
    }
    return p;
  }
}

const learned = (messages: readonly string[]) => {
  const model = new StyleModel();
  for (const [row, each] of messages.entries()) model.add(row, each);
  return model;
};
const outcomes = (messages: readonly string[]) => [...new Set(messages.flatMap(styleTokens)), null, 'never-seen'];

describe('StyleModel', () => {
  it('gives the probabilities of modified Kneser-Ney by its definition', () => {
    fc.assert(
      fc.property(history, fc.tuple(word, word, word), (messages, [a, b, c]) => {
        const model = learned(messages);
        const oracle = new Oracle(messages);
        const [first, second, third] = [a, b, c].map((each) => styleTokens(each)[0]!);
        expect(model.probability([first!, second!], third!)).toBeCloseTo(
          oracle.probability([first!, second!, third!]),
          12,
        );
        expect(model.probability([null, null], third!)).toBeCloseTo(oracle.probability(['^', '^', third!]), 12);
        expect(model.probability([null, first!], null)).toBeCloseTo(oracle.probability(['^', first!, '$']), 12);
      }),
      { numRuns: 300 },
    );
  });

  it('spreads probability 1 over what it knows, the end and the unknown, whatever stood before', () => {
    fc.assert(
      fc.property(history, fc.option(word), word, (messages, a, b) => {
        const model = learned(messages);
        const before = [a === null ? null : styleTokens(a)[0]!, styleTokens(b)[0]!] as const;
        const sum = outcomes(messages).reduce((total, next) => total + model.probability(before, next), 0);
        expect(sum).toBeCloseTo(1, 10);
      }),
    );
  });

  it('is as if it had never learned what was taken back, in any order', () => {
    fc.assert(
      fc.property(history, history, message, (kept, gone, probe) => {
        const model = learned([...kept, ...gone]);
        for (const row of gone.keys()) expect(model.remove(kept.length + (gone.length - 1 - row))).toBe(true);
        expect([...model.score(probe).logProbabilities]).toEqual([...learned(kept).score(probe).logProbabilities]);
        expect([model.tokens, model.vocabulary]).toEqual([learned(kept).tokens, learned(kept).vocabulary]);
      }),
    );
  });

  it('holds the most recent messages and is what it would be, had it learned those alone', () => {
    const messages = Array.from({ length: 300 }, (_, i) => `message ${i} about ${i % 7} things`);
    const model = new StyleModel({ maxTokens: 100 });
    for (const [row, each] of messages.entries()) model.add(row, each);
    expect(model.tokens).toBe(100);
    expect(model.score('message 299 about 5').mean).toBe(
      learned(messages.slice(-20)).score('message 299 about 5').mean,
    );
    expect(model.remove(0)).toBe(false);
  });

  it('finds what the person writes likelier than the same words in another manner', () => {
    const model = learned(Array.from({ length: 40 }, (_, i) => `ok, see you at ${i % 12} then!`));
    expect(model.score('ok, see you at 5 then!').mean).toBeGreaterThan(model.score('OK see you at 5, then.').mean);
  });

  it('learns nothing from an empty text and scores with nothing learned', () => {
    const model = new StyleModel();
    model.add(1, ' \n ');
    expect(model.tokens).toBe(0);
    expect(model.score('anything at all')).toMatchObject({ mean: Math.log(1 / 2), unknown: 3 });
  });

  it('takes a giant message in part, and alone', () => {
    const model = new StyleModel({ maxTokens: 500 });
    model.add(1, 'before');
    model.add(2, 'word '.repeat(30_000));
    expect(model.tokens).toBe(2_000);
    expect(model.remove(1)).toBe(false);
    expect(model.remove(2)).toBe(true);
    expect(model.tokens).toBe(0);
  });
});
