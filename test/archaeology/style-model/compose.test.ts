import { describe, expect, it } from 'vitest';
import { compose } from '../../../src/archaeology/style-model/compose.ts';
import { StyleModel } from '../../../src/archaeology/style-model/style-model.ts';
import { joinTokens, styleTokens } from '../../../src/archaeology/style-model/style-tokens.ts';
import { seeded } from '../../../src/statistics/seeded.ts';

function writer(): StyleModel {
  const model = new StyleModel();
  const said = [
    'let us meet at the station',
    'we meet at the lake, ok?',
    'see you at the station, ok?',
    'i am at the lake',
  ];
  for (let row = 0; row < 80; row++) model.add(row, said[row % said.length]!);
  return model;
}

describe('compose', () => {
  it('joins what is given as the person would', () => {
    expect(compose(writer(), ['meet', 'station'])[0]!.text).toMatch(/meet at the station/);
  });

  it('keeps the given pieces whole and in order, and marks what it put between', () => {
    for (const each of compose(writer(), ['station', 'old blue boat', 'lake'], { count: 8 })) {
      expect(each.tokens.filter((token) => token.given).map((token) => token.text)).toEqual([
        'station',
        'old',
        'blue',
        'boat',
        'lake',
      ]);
      expect(each.text).toContain('old blue boat');
    }
  });

  it('says nothing that was not given: only function words and marks are put between', () => {
    const model = writer();
    const put = compose(model, ['lake'], { count: 20, temperature: 2, random: seeded(3) }).flatMap(({ tokens }) =>
      tokens.filter((token) => !token.given).map((token) => token.text),
    );
    expect(put.length).toBeGreaterThan(0);
    for (const token of put) expect(['station', 'meet', 'lake', 'see']).not.toContain(token);
  });

  it('draws the same for the same chance, and different texts otherwise', () => {
    const drawn = (seed: number) =>
      compose(writer(), ['meet', 'lake'], { temperature: 3, random: seeded(seed) })[0]!.text;
    expect(drawn(1)).toBe(drawn(1));
    expect(new Set([1, 2, 3, 4, 5, 6, 7, 8].map(drawn)).size).toBeGreaterThan(1);
  });

  it('composes nothing of nothing, and something with nothing learned', () => {
    expect(compose(writer(), [])).toEqual([]);
    expect(compose(new StyleModel(), ['lake'])[0]!.text).toBe('lake');
  });
});

describe('styleTokens', () => {
  it.each(['Hello, world!', "Don't (really) go…", '昨日は猫と話した。', 'ok 👍', '$5 for “that”'])(
    'come back as %s',
    (text) => {
      expect(joinTokens(styleTokens(text)).replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    },
  );

  it('set the usual spaces', () => {
    expect(joinTokens(styleTokens('Hello, world! I (too) say:昨日は。'))).toBe('Hello, world! I (too) say: 昨日は。');
  });
});
