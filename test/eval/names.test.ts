import { expect, it } from 'vitest';
import { maskNames, namesIn } from './authorship/names.ts';

const texts = [
  'Hi, my name is Zora, nice to meet you',
  'Hey Zora! how is Hope Street?',
  'I hope so, Quill!',
  'Sure, Then',
];

it('masks the speakers, and names that only the messages say', () => {
  const names = namesIn(['quill b'], [...texts, 'and then']);
  expect(texts.map((text) => maskNames(text, names))).toEqual([
    'Hi, my name is Name, nice to meet you',
    'Hey Name! how is Hope Street?',
    'I hope so, Name!',
    'Sure, Then',
  ]);
});

it('masks a name in any case and with its ending', () => {
  expect(maskNames("ZORA's and zoras", new Set(['zora']))).toBe("Name's and Name");
});
