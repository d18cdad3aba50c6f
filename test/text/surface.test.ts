import fc from 'fast-check';
import { expect, it } from 'vitest';
import { surfaces } from '../../src/text/surface.ts';

const cut = (text: string) => surfaces(text).map((one) => `${one.kind}:${one.text}`);

it('keeps words whole with their apostrophes, straight or curly', () => {
  expect(cut("don't it’s rock'n'roll")).toEqual(["word:don't", 'word:it’s', "word:rock'n'roll"]);
});

it('takes a run of one mark as one', () => {
  expect(cut('no!! really?!...')).toEqual(['word:no', 'mark:!!', 'word:really', 'mark:?', 'mark:!', 'mark:...']);
});

it('takes an emoji with its modifiers as one', () => {
  expect(cut('👍🏽👩‍💻❤️')).toEqual(['emoji:👍🏽', 'emoji:👩‍💻', 'emoji:❤️']);
});

it('knows links, tags and numbers', () => {
  expect(cut('see https://a.b/c?d=1 @bob #fun 3.50')).toEqual([
    'word:see',
    'link:https://a.b/c?d=1',
    'tag:@bob',
    'tag:#fun',
    'number:3.50',
  ]);
});

it('leaves out nothing but white space, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      let rest = '';
      let end = 0;
      for (const { text: piece, start } of surfaces(text)) {
        rest += text.slice(end, start);
        expect(text.slice(start, start + piece.length)).toBe(piece);
        end = start + piece.length;
      }
      expect((rest + text.slice(end)).trim()).toBe('');
    }),
  );
});
