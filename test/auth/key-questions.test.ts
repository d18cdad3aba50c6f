import { expect, it } from 'vitest';
import { KeyQuestions, PATIENCE_MS } from '../../src/auth/key-questions.ts';

const T = 1_000_000;
const asked = () => {
  const questions = new KeyQuestions();
  questions.begin('k', T);
  return questions;
};

it('lets one ask, and the next when the first got no answer in time', () => {
  const questions = asked();
  expect([T, T + PATIENCE_MS - 1, T + PATIENCE_MS].map((now) => questions.mayAsk('k', now))).toEqual([
    false,
    false,
    true,
  ]);
  expect(questions.mayAsk('another', T)).toBe(true);
});

it('takes a question for vain when it failed, or has no answer in time', () => {
  const questions = asked();
  expect([T, T + PATIENCE_MS - 1, T + PATIENCE_MS].map((now) => questions.isVain('k', now))).toEqual([
    false,
    false,
    true,
  ]);
  questions.failed('k');
  expect(questions.isVain('k', T)).toBe(true);
});

it('forgets a question that was answered', () => {
  const questions = asked();
  questions.answered('k');
  expect([questions.mayAsk('k', T), questions.isVain('k', T + PATIENCE_MS)]).toEqual([true, false]);
});

it('takes questions that follow each other for one attempt, and one after a pause for another', () => {
  const questions = asked();
  questions.begin('k', T + PATIENCE_MS);
  expect(questions.isVain('k', T + PATIENCE_MS)).toBe(true);
  const later = T + 4 * PATIENCE_MS;
  expect(questions.isVain('k', later)).toBe(false);
  questions.begin('k', later);
  expect(questions.isVain('k', later)).toBe(false);
});

it('holds nobody back for ever when the clock was set back', () => {
  expect(asked().mayAsk('k', T - 3_600_000)).toBe(true);
});

it('holds a bounded number of keys', () => {
  const questions = new KeyQuestions();
  for (let i = 0; i < 25_000; i++) questions.begin(`k${i}`, T);
  expect((questions as unknown as { byHash: Map<string, unknown> }).byHash.size).toBeLessThanOrEqual(10_000);
});
