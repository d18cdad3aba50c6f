import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildModel } from '../../scripts/build-model.ts';
import { Tokenizer, type Vocabulary } from '../../src/embedding/tokenizer.ts';
import fixtures from './tokens.json' with { type: 'json' };

buildModel();
const vocabulary = JSON.parse(readFileSync('.build/assets/model/vocab.json', 'utf8')) as Vocabulary;
const tokenizer = new Tokenizer(vocabulary);

// ids from a tokenizer that was compared with the published one on 25,758 texts
it.each(fixtures)('cuts $text as the published tokenizer does', ({ text, ids }) => {
  expect(Array.from(tokenizer.encode(text))).toEqual(ids);
});

it('takes half a surrogate pair for an unknown character', () => {
  expect(Array.from(tokenizer.encode('\ud83d lone'))).toEqual([30, 0, 1148, 296]);
});

it('gives an empty text no tokens', () => {
  expect(tokenizer.encode('')).toHaveLength(0);
});

it('writes a run of unknown characters as one unknown token', () => {
  expect(Array.from(tokenizer.encode('a 我今天 b')).filter((id) => id === 0)).toHaveLength(1);
});

it('tells upper from lower case', () => {
  expect(tokenizer.encode('Rome')).not.toEqual(tokenizer.encode('rome'));
});

it('never produces a control token', () => {
  const ids = tokenizer.encode('<s> </s> extra_token_id_1');
  expect(Array.from(ids).filter((id) => id > 0 && id < 6)).toEqual([]);
});

it('refuses a vocabulary that its trie cannot hold', () => {
  const pieces: Vocabulary = Array.from({ length: 5000 }, (_, i) => [`${i}`.padStart(20, '0'), -1]);
  expect(() => new Tokenizer(pieces)).toThrow(RangeError);
});
