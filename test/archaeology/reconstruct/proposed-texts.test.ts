import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../src/archaeology/reconstruct/pieces.ts';
import { provenTexts, textOfTokens } from '../../../src/archaeology/reconstruct/proposed-texts.ts';
import type { Provenance } from '../../../src/llm/contract.ts';
import { BEFORE, rebuilt } from './scene.ts';

const PROVENANCE: Provenance = {
  model: 'test/m',
  template: 'compose-turn',
  template_version: '1',
  inputs: ['m1'],
  source: 'model',
};
const weighed = (text: string, messageId: string) => ({
  fragment: { kind: 'reply' as const, text, messageId, start: 10, end: 10 + text.length, isCut: false, strength: 0.5 },
  chance: 0.5,
});
const PIECES = piecesOf(
  [weighed('red tent', 'm1'), weighed('Porto', 'm2'), weighed('is not cheap', 'm3')],
  () => 0,
  12,
);
const mayJoin = (token: string) => /^(?:the|in|to|,|\.)$/i.test(token);
const proven = (text: string) =>
  provenTexts([{ text, provenance: PROVENANCE }], PIECES, mayJoin).map(({ tokens }) => textOfTokens(tokens));

describe('a text that a model proposes', () => {
  it('is taken where it holds whole pieces and joining words, in any order and case', () => {
    expect(proven('In Porto the Red tent is not cheap.')).toEqual(['In Porto the Red tent is not cheap.']);
    expect(proven('Porto, the red tent')).toEqual(['Porto, the red tent']);
  });

  it('says where each word of the evidence stands', () => {
    const [text] = provenTexts([{ text: 'to Porto', provenance: PROVENANCE }], PIECES, mayJoin);
    expect(text!.tokens).toEqual([
      { text: 'to', source: null },
      { text: 'Porto', source: { messageId: 'm2', start: 10, end: 15 } },
    ]);
  });

  it.each([
    ['a name of its own', 'the red tent in Lisbon'],
    ['a number of its own', 'the red tent in Porto, 40'],
    ['half a piece', 'the red tent is cheap'],
    ['a piece twice', 'red tent in the red tent'],
    ['a word of its own', 'bring the red tent'],
    ['an emoji of its own', 'red tent 🙂'],
    ['a link of its own', 'red tent https://evil.example'],
    ['no piece at all', 'in the'],
    ['nothing', ''],
  ])('is dropped with %s', (_what, text) => {
    expect(proven(text)).toEqual([]);
  });
});

describe('a composition', () => {
  const changes = {
    [BEFORE]: 'You said "the old blue boat" again? And the red tent is for Sintra',
    [BEFORE + 2]: 'the red tent, is it big? Sintra is far',
  };
  const place = { missing: { expected: 5, low: 2, high: 9 } };
  const shown = (...texts: string[]) => {
    const proposed = texts.map((text) => ({ text, provenance: PROVENANCE }));
    const { composition } = rebuilt({ changes, place, ports: { proposed } }).place.messages[0]!;
    if (composition?.state !== 'proposed') throw new Error('Nothing was composed.');
    return [composition, ...composition.alternatives];
  };

  it('is chosen among the texts of a model too, which then say what they were made from', () => {
    const found = shown('the red tent, the old blue boat').find(({ text }) => text.startsWith('the red tent,'));
    expect(found?.provenance).toEqual(PROVENANCE);
    expect(found?.method).toBe('composition');
  });

  it('never holds what a model made up', () => {
    const texts = ['the old blue boat in Vienna', 'ok the old blue boat', 'not the old blue boat', 'ZANZIBAR'];
    expect(shown(...texts)).toEqual(shown());
  });

  it('owes nothing to a model that proposes what the person’s own manner gives', () => {
    const [own] = shown();
    expect(shown(own!.text).every(({ provenance }) => provenance === null)).toBe(true);
  });
});
