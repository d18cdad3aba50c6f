import { expect, it } from 'vitest';
import { countTokens } from '../../src/context/tokens.ts';

// beside each: what cl100k_base (GPT-4) counts; o200k_base counts no more
it.each([
  ['The heron came back to the pond behind our house this morning.', 14],
  ['Gestern habe ich meine Großmutter in Österreich besucht, und wir haben übers Wetter gesprochen.', 27],
  ['Вчера я ездил к бабушке в деревню, и мы долго разговаривали о погоде и урожае.', 43],
  ['昨天我去看望了住在乡下的奶奶，我们聊了很久的天气和收成。', 37],
])('counts no less than a tokenizer does: %s', (text, theirs) => {
  expect(countTokens(text)).toBeGreaterThanOrEqual(theirs);
});

it('counts lines by themselves', () => {
  const lines = ['A line of words.', '', '  two blanks', '4.5 %', '👍🏽'];
  const apart = lines.reduce((sum, line) => sum + countTokens(line), lines.length - 1);
  expect(countTokens(lines.join('\n'))).toBe(apart);
});
