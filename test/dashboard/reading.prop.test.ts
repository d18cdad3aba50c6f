import fc from 'fast-check';
import { expect, it } from 'vitest';
import { growth, quantile, readMetrics, total } from '../../src/dashboard/operator/reading.ts';
import { METRICS } from '../../src/metrics/catalogue.ts';
import { expose } from '../../src/metrics/exposition.ts';
import { People } from '../../src/metrics/people.ts';
import { count, drain, observe } from '../../src/metrics/recorder.ts';
import { Totals } from '../../src/metrics/totals.ts';

const { buckets } = METRICS.mp_query_duration_seconds;
const NOTHING = new Map();

/** What a scrape reads once these seconds were observed. */
async function readingOf(seconds: readonly number[]) {
  drain();
  for (const one of seconds) observe('mp_query_duration_seconds', one, { operation: 'search' });
  count('http_requests_total', { route: '/a"b\\c', method: 'GET', status: '2xx' }, 3);
  count('http_requests_total', { route: '/b', method: 'GET', status: '5xx' }, 2);
  const totals = new Totals();
  totals.add(drain()!, 0);
  return readMetrics((await expose(totals, new People(), 0, '')).text);
}

it('reads what the service shows', async () => {
  const reading = await readingOf([]);
  expect([total(reading, 'http_requests_total'), total(reading, 'http_requests_total', { status: '5xx' })]).toEqual([
    ...[5, 2],
  ]);
  expect(total(reading, 'no_such_metric')).toBe(0);
});

it('tells a quantile to within its bucket', async () => {
  const seconds = fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(seconds, fc.constantFrom(0.5, 0.95), async (some, q) => {
      const told = quantile(NOTHING, await readingOf(some), 'mp_query_duration_seconds', q)!;
      const sorted = some.toSorted((a, b) => a - b);
      const true_ = sorted[Math.ceil(q * sorted.length) - 1]!;
      const high = buckets.find((bound) => bound >= true_)!;
      const low = buckets[buckets.indexOf(high) - 1] ?? 0;
      expect(told).toBeGreaterThanOrEqual(low);
      expect(told).toBeLessThanOrEqual(high);
    }),
    { numRuns: 60 },
  );
});

it('tells only what came after the first reading', async () => {
  const [before, after] = [await readingOf([9, 9, 9]), await readingOf([9, 9, 9, 0.001])];
  expect(growth(before, after, 'mp_query_duration_seconds_count')).toBe(1);
  expect(quantile(before, after, 'mp_query_duration_seconds', 0.95)).toBeLessThanOrEqual(0.001);
  expect(quantile(after, after, 'mp_query_duration_seconds', 0.95)).toBeNull();
});

it('takes a counter that fell for one that began anew', async () => {
  const [high, low] = [await readingOf([1, 1, 1]), await readingOf([1])];
  expect(growth(high, low, 'mp_query_duration_seconds_count')).toBe(1);
});
