import fc from 'fast-check';
import { SentimentIntensityAnalyzer } from 'vader-sentiment';
import { expect, it } from 'vitest';
import { chargeOf, isEmoticon } from '../../../src/mirror/emotion/lexicon.ts';
import { cut } from '../../../src/mirror/emotion/tokens.ts';
import { compound } from '../../../src/mirror/emotion/valence.ts';

// words that its rules treat each in its own way
const word = fc.constantFrom(
  ...`good great love hate horrible sad angry nice fine book table walked the of at kind sort very really slightly
  kinda not never isn't without so this least but just enough ass bad bomb shit right yeah GOOD HATE VERY TABLE
  :) :( <3 :D`.split(/\s+/),
);
const phrase = fc
  .constantFrom('very least good', 'at least fine', 'sort of horrible', 'never so nice', 'never this sad')
  .map((words) => words.split(' '));
const mark = fc.constantFrom('', '', '', '.', ',', '!', '!!!', '??');
const sentence = fc
  .array(
    fc.tuple(fc.oneof({ weight: 4, arbitrary: word.map((one) => [one]) }, { weight: 1, arbitrary: phrase }), mark),
    {
      maxLength: 12,
    },
  )
  .map((parts) =>
    parts.flatMap(([words, sign]) => words.map((one, i) => [one, i === words.length - 1 ? sign : ''] as const)),
  );

it('gives what the published code gives', () => {
  fc.assert(
    fc.property(sentence, (pieces) => {
      // a mark behind an emoticon makes another emoticon
      const text = pieces.map(([one, sign]) => (/^[\w']+$/.test(one) ? one + sign : one)).join(' ');
      const found = compound(cut(text, isEmoticon), (key) => chargeOf(key).valence, 0);
      expect(found).toBeCloseTo(SentimentIntensityAnalyzer.polarity_scores(text).compound, 3);
    }),
    { numRuns: 2_000 },
  );
});
