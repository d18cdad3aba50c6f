import { describe, expect, it } from 'vitest';
import type { FragmentKind } from '../../../src/archaeology/fragments/fragment.ts';
import { piecesOf } from '../../../src/archaeology/reconstruct/pieces.ts';

const weighed = (text: string, kind: FragmentKind, chance = 0.5, messageId = 'm1') => ({
  fragment: { kind, text, messageId, start: 10, end: 10 + text.length, isCut: false, strength: 0.5 },
  chance,
});
const texts = (...fragments: ReturnType<typeof weighed>[]) =>
  piecesOf(fragments, (id) => Number(id.slice(1)), 12).map(({ text }) => text);

describe('the pieces of a composition', () => {
  it('leave out the words that change with the speaker, where another reports', () => {
    expect(texts(weighed('you would bring your red tent', 'report'))).toEqual(['would bring', 'red tent']);
    expect(texts(weighed('I would bring my red tent', 'restatement'))).toEqual(['I would bring my red tent']);
  });

  it('leave out that something was said, but not of what is quoted', () => {
    expect(texts(weighed('said red tent', 'echo'))).toEqual(['red tent']);
    expect(texts(weighed('she said no to the tent', 'quote'))).toEqual(['she said no to the tent']);
  });

  it('leave out links', () => {
    expect(texts(weighed('tickets https://x.example/a for Porto', 'restatement'))).toEqual(['tickets', 'for Porto']);
  });

  it('tell nothing twice', () => {
    expect(texts(weighed('red tent', 'reply'), weighed('red tents', 'echo', 0.4))).toEqual(['red tent']);
  });

  it('leave out what is much less likely than the rest', () => {
    expect(texts(weighed('red tent', 'reply', 0.6), weighed('boat', 'echo', 0.1))).toEqual(['red tent']);
  });

  it('stand in the order of the messages', () => {
    expect(texts(weighed('boat', 'reply', 0.5, 'm7'), weighed('red tent', 'reply', 0.4, 'm2'))).toEqual([
      'red tent',
      'boat',
    ]);
  });

  it('end where the person would: at the longest they write', () => {
    const fragments = [weighed('the old blue boat', 'quote'), weighed('red tent', 'reply')];
    expect(piecesOf(fragments, () => 0, 4).map(({ text }) => text)).toEqual(['the old blue boat']);
  });
});
