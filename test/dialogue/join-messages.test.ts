import { expect, it } from 'vitest';
import { joinMessages, joinSpeakers } from '../../src/dialogue/join-messages.ts';
import { seeded, unit } from '../helpers/unit-vector.ts';

const random = seeded(9);
const [one, other] = [unit(random), unit(random)];

it('joins what one speaker sent in a row', () => {
  const turns = joinSpeakers([
    { text: 'hello', vector: null, speaker: 'ann' },
    { text: 'are you there?', vector: null, speaker: 'ann' },
    { text: 'yes', vector: null, speaker: 'ben' },
    { text: 'good', vector: null, speaker: 'ann' },
  ]);
  expect(turns.map(({ text }) => text)).toEqual(['hello\nare you there?', 'yes', 'good']);
});

it('joins nothing where speakers are unknown', () => {
  const turns = [
    { text: 'hello', vector: null },
    { text: 'hello', vector: null },
  ];
  expect(joinSpeakers(turns)).toEqual(turns);
});

it('has the unit mean of its messages as its vector, longer ones counting more', () => {
  const { vector } = joinMessages([
    { text: 'x'.repeat(4), vector: one },
    { text: 'y', vector: other },
  ]);
  const sum = one.map((value, d) => 2 * value + other[d]!);
  const length = Math.hypot(...sum);
  for (const [d, value] of vector!.entries()) expect(value).toBeCloseTo(sum[d]! / length, 5);
});

it('leaves a single message as it is', () => {
  expect(joinMessages([{ text: 'hello', vector: one }], 'ann')).toEqual({ text: 'hello', vector: one, speaker: 'ann' });
});

it('has no vector where one message has none', () => {
  expect(
    joinMessages([
      { text: 'a', vector: one },
      { text: 'b', vector: null },
    ]).vector,
  ).toBeNull();
});
