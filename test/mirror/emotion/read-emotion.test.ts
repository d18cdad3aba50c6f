import { describe, expect, it } from 'vitest';
import { EMOTIONS, type Emotion } from '../../../src/mirror/emotion/emotion-words.ts';
import { readEmotion } from '../../../src/mirror/emotion/read-emotion.ts';

const amount = (text: string, emotion: Emotion) => readEmotion(text).emotions[EMOTIONS.indexOf(emotion)]!;
const strongest = (text: string): Emotion => {
  const { emotions } = readEmotion(text);
  return EMOTIONS[emotions.indexOf(Math.max(...emotions))]!;
};

describe('the valence of a message', () => {
  // the examples of VADER's authors, with the compound scores they print
  it.each([
    ['VADER is smart, handsome, and funny.', 0.8316],
    ['VADER is very smart, handsome, and funny.', 0.8545],
    ['VADER is VERY SMART, handsome, and FUNNY.', 0.9227],
    ['VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!', 0.9469],
    ['VADER is not smart, handsome, nor funny.', -0.7424],
    ['The book was good.', 0.4404],
    ['The plot was good, but the characters are uncompelling and the dialog is not great.', -0.7042],
    ["At least it isn't a horrible book.", 0.431],
  ])('of "%s" is %d', (text, expected) => {
    expect(readEmotion(text).valence).toBeCloseTo(expected, 4);
  });

  it('of a long text is the mean of its sentences and does not run to the end of the scale', () => {
    const text = 'It was a rather good day, and we walked home by the river. '.repeat(500);
    expect(readEmotion(text).valence).toBeCloseTo(0.4404, 2);
  });

  it('counts pictographs, in any language', () => {
    const reading = readEmotion('Вчера я ходил на рынок 😭');
    expect(reading).toMatchObject({ language: 'ru', isSupported: false, isReadable: true });
    expect(reading.valence).toBeLessThan(-0.3);
    expect(amount('Вчера я ходил на рынок 😭', 'sadness')).toBe(0.5);
  });

  it('leaves words of other languages alone that look like English ones', () => {
    expect(readEmotion('Gestern war die Katze hier und hat den Fisch gegessen, Gift war auch im Haus').valence).toBe(0);
  });
});

describe('the emotions of a message', () => {
  it.each<[Emotion, string]>([
    ['joy', 'We celebrated all night and I kept laughing and smiling'],
    ['trust', 'He is an honest and reliable man and I believe him'],
    ['fear', 'I was terrified and started to panic in the dark'],
    ['surprise', 'Wow, that was totally unexpected and shocking'],
    ['sadness', 'I cried at the funeral and I miss her so much'],
    ['disgust', 'The kitchen was filthy and the smell was nauseating'],
    ['anger', 'I am furious, this is outrageous and infuriating'],
    ['anticipation', 'We are planning the trip and hoping for tomorrow'],
  ])('are mostly %s in "%s"', (emotion, text) => {
    expect(strongest(text)).toBe(emotion);
  });

  it('grow with a degree word and fall with a weak one', () => {
    expect(amount('I am very scared of it', 'fear')).toBeGreaterThan(amount('I am scared of it', 'fear'));
    expect(amount('I am slightly scared of it', 'fear')).toBeLessThan(amount('I am scared of it', 'fear'));
  });

  it('are not felt where they are denied, and denied joy is half a sadness', () => {
    expect(amount('I am not afraid of the dog', 'fear')).toBe(0);
    expect(amount('I am not happy with the dog', 'joy')).toBe(0);
    expect(amount('I am not happy with the dog', 'sadness')).toBeCloseTo(1 - 2 ** -0.5);
  });

  it('are known by phrases too', () => {
    expect(amount("I can't wait to see it", 'anticipation')).toBe(0.5);
  });
});

describe('a message in which there is little to read', () => {
  it.each([
    ['nothing', '', false],
    ['a space', '   ', false],
    ['one pictograph', '😀', true],
    ['an unknown pictograph', '🪤', false],
    ['an emoticon', ':)', true],
    ['32 KB of one letter', 'a'.repeat(32 * 1024), true],
    ['32 KB of one pictograph', '😀'.repeat(8 * 1024), true],
    ['a lone surrogate', '\ud83d', false],
    ['32 KB of exclamation', '!'.repeat(32 * 1024), false],
    ['32 KB of exclamation inside a word', `a${'!'.repeat(32 * 1024)}b`, true],
  ])('is read without harm: %s', (_, text, isReadable) => {
    const { valence, emotions, ...reading } = readEmotion(text);
    expect(reading.isReadable).toBe(isReadable);
    expect(Math.abs(valence)).toBeLessThanOrEqual(1);
    expect(emotions.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});
