import fc from 'fast-check';
import { expect, it } from 'vitest';
import { eachPeak, PEAK_MS, type Peaks, peakAt, withPeak } from '../../src/metrics/peaks.ts';

const MINUTE_MS = 60_000;
const readings = fc.array(
  fc.record({ value: fc.integer({ min: 0, max: 20 }), at: fc.integer({ min: 0, max: 20 * MINUTE_MS }) }),
  { minLength: 1, maxLength: 60 },
);
const peaksOf = (told: readonly { value: number; at: number }[]): Peaks =>
  told.reduce<Peaks>((peaks, { value, at }) => withPeak(peaks, value, at), []);
const largest = (told: readonly { value: number; at: number }[], since: number) =>
  Math.max(0, ...told.filter(({ at }) => at >= since).map(({ value }) => value));

it('is the largest of the last seven minutes, or of at most one more', () => {
  fc.assert(
    fc.property(readings, fc.integer({ min: 0, max: 9 * MINUTE_MS }), (told, later) => {
      const now = Math.max(...told.map(({ at }) => at)) + later;
      const found = peakAt(peaksOf(told), now);
      expect(found).toBeGreaterThanOrEqual(largest(told, now - PEAK_MS));
      expect(found).toBeLessThanOrEqual(largest(told, now - PEAK_MS - MINUTE_MS));
    }),
    { numRuns: 2_000 },
  );
});

it('keeps no more than eight, the largest first, as an earlier version reads it', () => {
  fc.assert(
    fc.property(readings, (told) => {
      const kept = eachPeak(peaksOf(told));
      expect(kept.length).toBeLessThanOrEqual(8);
      const values = kept.map(([value]) => value);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
    }),
  );
});
