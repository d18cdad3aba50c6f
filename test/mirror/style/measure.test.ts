import { expect, it } from 'vitest';
import { measure } from '../../../src/mirror/style/measure.ts';
import { type CountName, SHORT, SLOT } from '../../../src/mirror/style/slots.ts';

const count = (text: string, name: CountName) => measure(text).counts[SLOT[name]];
const counted = (text: string, ...names: CountName[]) => names.map((name) => count(text, name));

it('counts words, sentences and letters', () => {
  expect(counted('I like it. Do you?', 'words', 'sentences', 'letters')).toEqual([5, 2, 12]);
});

it('a dot inside a word or a number ends no sentence', () => {
  expect(counted('It is 3.50 at a.b here', 'sentences', 'period')).toEqual([1, 1]);
});

it('a line break ends a sentence', () => {
  expect(counted('first one\n\nsecond', 'sentences', 'lines', 'blankLine')).toEqual([2, 1, 1]);
});

it('tells curly from straight apostrophes, and contractions without one', () => {
  const text = "it’s fine, don't worry, im here";
  expect(counted(text, 'anyApostrophe', 'curlyApostrophe', 'anyContraction', 'bareContraction')).toEqual([2, 1, 3, 1]);
});

it('tells "I am" from "I\'m"', () => {
  expect(counted("I am here and I'm fine", 'expanded', 'anyExpandable', 'anyI')).toEqual([1, 2, 2]);
});

it('tells a small i from a capital one', () => {
  expect(counted('i think I do', 'lowerI', 'anyI')).toEqual([1, 2]);
});

it.each([
  ['See you.', 'messageEndsPeriod'],
  ['See you!!', 'messageEndsExclaim'],
  ['Really?', 'messageEndsQuestion'],
  ['well...', 'messageEndsDots'],
  ['see you 👋', 'messageEndsEmoji'],
  ['see you :)', 'messageEndsEmoji'],
  ['see you', 'messageEndsBare'],
] as const)('%s: %s', (text, end) => {
  expect(count(text, end)).toBe(1);
});

it('hears laughter in its spellings, and not in other words', () => {
  expect(counted('haha hahaha hehe lol lool lmao', 'haha', 'lol', 'anyLaugh')).toEqual([3, 3, 6]);
  expect(count('the hotel lollipop has', 'anyLaugh')).toBe(0);
});

it('counts an emoticon as one and its parts as no marks', () => {
  expect(counted('nice :-) ok', 'emoticon', 'colon')).toEqual([1, 0]);
});

it('counts what is repeated for tone', () => {
  expect(counted('noooo!!! why?!', 'elongated', 'exclaimRepeated', 'anyExclaim', 'questionRepeated')).toEqual([
    1, 1, 2, 1,
  ]);
});

it('sees where sentences begin in lower case', () => {
  expect(counted('hello there. Now what', 'sentenceStartsLower', 'messageStartsLower')).toEqual([1, 1]);
});

it('counts a short message once more by itself, and a long one not', () => {
  const of = (text: string) => ['words', 'comma'].map((name) => measure(text).counts[SHORT + SLOT[name as CountName]]);
  expect(of(`well, ${'word '.repeat(29)}`)).toEqual([30, 1]);
  expect(of(`well, ${'word '.repeat(30)}`)).toEqual([0, 0]);
});

it.each(['', '   ', '😀', '!!!', '\n', 'a'.repeat(32_768), 'Привет, как дела?', '\ud800'])('bears %j', (text) => {
  const { counts } = measure(text);
  expect(counts.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
  expect(counts[SLOT.messages]).toBe(1);
});
