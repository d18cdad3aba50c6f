import { expect, it } from 'vitest';
import { calibrate } from '../../../src/mirror/prediction/calibrate.ts';
import type { PastReply } from '../../../src/mirror/prediction/ports.ts';

const turn = (text: string) => ({ text, vector: null });
const reply = (i: number, context: string, text: string): PastReply => ({
  ...{ id: `m${i}`, turn: turn(text), context: [turn(context)], sentAt: i },
});
/** Each reply takes up a word of its own context. */
const telling = Array.from({ length: 60 }, (_, i) => reply(i, `What about zq${i}x?`, `I like zq${i}x a lot`));
/** No reply has anything to do with its context. */
const mute = Array.from({ length: 60 }, (_, i) => reply(i, `What about zq${i}x?`, `so wv${i}y again`));

it('finds replies that take up what was said, and beats its baselines', () => {
  const report = calibrate({ model: null, replies: telling })!;
  expect(report.heldBack).toBe(60);
  expect(report.hitRate).toBeGreaterThan(0.95);
  expect(report.baselines.frequency).toBeLessThan(0.2);
});

it('claims little where there is nothing to find', () => {
  const report = calibrate({ model: null, replies: mute })!;
  expect(report.hitRate).toBeLessThan(0.3);
  expect(report.ece).toBeLessThan(0.15);
});

it('says the same twice', () => {
  expect(calibrate({ model: null, replies: telling })).toEqual(calibrate({ model: null, replies: telling }));
});

it('says nothing about a person of three messages', () => {
  expect(calibrate({ model: null, replies: telling.slice(0, 3) })).toBeNull();
});

it('says nothing about a person who always says the same', () => {
  expect(calibrate({ model: null, replies: telling.map((one) => ({ ...one, turn: turn('ok') })) })).toBeNull();
});
