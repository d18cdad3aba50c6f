import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RateLimiter } from '../../src/http/rate-limit.ts';

const START = Date.UTC(2026, 0, 1);
/** How many requests pass at one moment. */
const burst = (limiter: RateLimiter, rate: number, now: number, name = 'key') => {
  let passed = 0;
  while (limiter.take(name, rate, now) === 0) passed++;
  return passed;
};

it('lets a tenth of a minute through at once, and then tells how long to wait', () => {
  const limiter = new RateLimiter();
  expect(burst(limiter, 600, START)).toBe(60);
  expect(limiter.take('key', 600, START)).toBe(1);
  expect(burst(limiter, 6, START, 'slow')).toBe(1);
  expect(limiter.take('slow', 6, START)).toBe(10);
});

it('lets one request through even where a tenth of a minute holds none', () => {
  expect(burst(new RateLimiter(), 1, START)).toBe(1);
});

it('refills with time and never beyond its size', () => {
  const limiter = new RateLimiter();
  burst(limiter, 600, START);
  expect(burst(limiter, 600, START + 1_000)).toBe(10);
  expect(burst(limiter, 600, START + 3_600_000)).toBe(60);
});

it('lets the request pass that waited as long as it was told', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (rate) => {
      const limiter = new RateLimiter();
      burst(limiter, rate, START);
      const wait = limiter.take('key', rate, START);
      expect(limiter.take('key', rate, START + 1_000 * wait)).toBe(0);
    }),
  );
});

it('passes at most its size and its rate over any time, however the requests come', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 300 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), gaps, (rate, steps) => {
      const limiter = new RateLimiter();
      let now = START;
      let passed = 0;
      for (const step of steps) {
        now += step;
        if (limiter.take('key', rate, now) === 0) passed++;
      }
      expect(passed).toBeLessThanOrEqual(Math.max(1, rate / 10) + ((now - START) * rate) / 60_000 + 1e-6);
    }),
  );
});

it('locks nobody out when the clock goes back, and gives nothing for it', () => {
  const limiter = new RateLimiter();
  burst(limiter, 600, START);
  expect(limiter.take('key', 600, START - 3_600_000)).toBe(1);
  expect(limiter.take('key', 600, START - 3_600_000 + 1_000)).toBe(0);
});

it('counts each key by itself', () => {
  const limiter = new RateLimiter();
  burst(limiter, 60, START, 'a');
  expect(limiter.take('b', 60, START)).toBe(0);
});

it('holds a bounded number of keys', () => {
  const limiter = new RateLimiter();
  for (let i = 0; i < 25_000; i++) limiter.take(`key ${i}`, 60, START);
  const { buckets } = limiter as unknown as { buckets: Map<string, unknown> };
  expect(buckets.size).toBeLessThanOrEqual(10_000);
});
