import { expect, it } from 'vitest';
import { InFlight } from '../../src/http/in-flight.ts';

const BOUNDS = { requests: 3, bytes: 1_000, ofOne: 2 };

it('is full of requests, or of bytes, until one ends', () => {
  const work = new InFlight();
  const ends = [0, 0, 0].map(() => work.begin(0, null, 0));
  expect(work.isFull(BOUNDS, 0)).toBe(true);
  ends[0]!();
  expect(work.isFull(BOUNDS, 0)).toBe(false);
  const end = work.begin(1_000, null, 0);
  ends[1]!();
  expect(work.isFull(BOUNDS, 0)).toBe(true);
  end();
  expect(work.isFull(BOUNDS, 0)).toBe(false);
});

it('counts an end once', () => {
  const work = new InFlight();
  const [one, other] = [work.begin(0, 'ana', 0), work.begin(0, 'ana', 0)];
  one();
  one();
  expect(work.of('ana', 0)).toBe(1);
  other();
  expect(work.of('ana', 0)).toBe(0);
});

it('forgets a request whose client went away without a word', () => {
  const work = new InFlight();
  for (let i = 0; i < 3; i++) work.begin(500, 'ana', 0);
  expect([work.isFull(BOUNDS, 14_999), work.of('ana', 14_999)]).toEqual([true, 3]);
  expect([work.isFull(BOUNDS, 15_000), work.of('ana', 15_000)]).toEqual([false, 0]);
});

it('counts each person apart', () => {
  const work = new InFlight();
  work.begin(0, 'ana', 0);
  expect([work.of('ana', 0), work.of('ben', 0)]).toEqual([1, 0]);
});

it('holds no place until a clock that was set back has caught up', () => {
  const work = new InFlight();
  for (let i = 0; i < 3; i++) work.begin(500, 'ana', 3_600_000);
  expect([work.isFull(BOUNDS, 0), work.of('ana', 0)]).toEqual([false, 0]);
});
