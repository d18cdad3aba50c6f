import { describe, expect, it } from 'vitest';
import { normalise } from '../../src/text/normalise.ts';
import { tokenize, words } from '../../src/text/tokenize.ts';

describe('normalise', () => {
  it.each([
    ['Ｃａｆé', 'cafe'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['İstanbul', 'istanbul'],
    ['ﬁne', 'fine'],
    ['مَرْحَبًا', 'مرحبا'],
    ['co\u00adop\u200beration', 'coop\u200beration'],
  ])('folds %s to %s', (text, folded) => {
    expect(normalise(text)).toBe(folded);
  });
});

describe('words', () => {
  it('ends a word at an apostrophe, straight or curly', () => {
    expect(words("Ana’s dog, Ben's cat")).toEqual(['ana', 's', 'dog', 'ben', 's', 'cat']);
  });

  it('cuts Han and kana into characters and pairs, so that a word is found inside a run', () => {
    expect(words('黒猫です')).toEqual(['黒', '黒猫', '猫', '猫で', 'で', 'です', 'す']);
  });

  it('cuts words out of Thai, which writes no spaces', () => {
    expect(words('สวัสดีชาวโลก')).toContain('โลก');
  });

  it('keeps a script with spaces in whole words', () => {
    expect(words('привет, мир')).toEqual(['привет', 'мир']);
    expect(words('नमस्ते दुनिया')).toEqual(['नमस्ते', 'दुनिया']);
  });

  it('takes a pictograph as a word, whatever its skin tone', () => {
    expect(words('ok👍🏽 👍')).toEqual(['ok', '👍', '👍']);
  });

  it('separates Latin and Han that touch', () => {
    expect(words('iPhone手机')).toEqual(['iphone', '手', '手机', '机']);
  });
});

describe('tokenize', () => {
  it('gives forms of an English word one term', () => {
    expect(new Set(tokenize('painting paintings painted'))).toEqual(new Set(['paint']));
  });

  it('drops stop words and what an apostrophe leaves of them', () => {
    expect(tokenize("I don't know what they've said to her")).toEqual(['know', 'said']);
  });

  it('has no terms for a text without words', () => {
    expect(tokenize(' …!? ')).toEqual([]);
  });
});
