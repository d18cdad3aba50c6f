import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rhythmOf } from '../../../src/archaeology/rhythm/rhythm.ts';
import {
  type Beat,
  emptyRhythm,
  observeBeat,
  rhythmFromBytes,
  rhythmToBytes,
  SLOTS,
  slotOf,
} from '../../../src/archaeology/rhythm/rhythm-state.ts';
import { seeded } from '../../../src/statistics/seeded.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONDAY = Date.UTC(2025, 0, 6);

/** Times in order, out of order and equal, over two years. */
const times = fc.array(
  fc.integer({ min: 0, max: 730 * DAY }).map((ms) => MONDAY + ms),
  { maxLength: 40 },
);
const beats = (at: readonly number[]): Beat[] =>
  at.map((time, i) => ({ at: time, previousAt: i === 0 ? null : at[i - 1]!, isReply: i % 2 === 0 }));

function stateOf(all: readonly Beat[]) {
  const state = emptyRhythm();
  for (const beat of all) observeBeat(state, beat, 1);
  return state;
}

/** Mornings at 8 UTC of working days, a few messages each. */
function mornings(days: number) {
  const random = seeded(5);
  const at: number[] = [];
  for (let day = 0; day < days; day++) {
    if (day % 7 > 4) continue;
    for (let k = 0; k < 6; k++) at.push(MONDAY + day * DAY + 8 * HOUR + k * 60_000 * (1 + random()));
  }
  return rhythmOf(stateOf(beats(at.sort((a, b) => a - b))));
}

it('taking messages back in any order leaves no trace', () => {
  fc.assert(
    fc.property(times, times, (kept, passing) => {
      const [stay, go] = [beats(kept), beats(passing)];
      const state = stateOf([...go.slice(0, 5), ...stay, ...go.slice(5)]);
      for (const beat of go.toReversed()) observeBeat(state, beat, -1);
      const plain = stateOf(stay);
      // weights are against the first time seen, so sums differ by one factor
      const scale = plain.landmark === null ? 1 : 2 ** ((plain.landmark - state.landmark!) / (180 * DAY));
      for (const part of ['messages', 'exposure', 'starts', 'own', 'replies'] as const) {
        for (const [i, value] of plain[part].entries()) {
          expect(Math.abs(state[part][i]! / scale - value)).toBeLessThan(1e-6 * (1 + value));
        }
      }
    }),
    { numRuns: 50 },
  );
});

it('every hour between two messages is watched once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 * DAY }), fc.integer({ min: 0, max: 30 * DAY }), (start, gap) => {
      const state = emptyRhythm();
      const at = MONDAY + start + gap;
      observeBeat(state, { at, previousAt: MONDAY + start, isReply: false }, 1);
      // oracle: minute by minute
      const minutes = new Float64Array(SLOTS);
      for (let m = 0; m + 60_000 <= gap; m += 60_000) minutes[slotOf(MONDAY + start + m)]! += 1 / 60;
      expect(state.exposure.reduce((a, b) => a + b, 0)).toBeCloseTo(gap / HOUR, 6);
      for (const [slot, hours] of minutes.entries()) expect(Math.abs(state.exposure[slot]! - hours)).toBeLessThan(0.5);
    }),
    { numRuns: 30 },
  );
});

it('a longer silence is never likelier', () => {
  fc.assert(
    fc.property(
      times,
      fc.integer({ min: 0, max: 7 * DAY }),
      fc.array(fc.integer({ min: 0, max: 60 * DAY })),
      (at, from, gaps) => {
        const rhythm = rhythmOf(stateOf(beats(at.toSorted((a, b) => a - b))));
        const chances = gaps
          .sort((a, b) => a - b)
          .map((gap) => rhythm.silenceProbability(MONDAY + from, MONDAY + from + gap));
        chances.forEach((chance, i) => {
          expect(chance).toBeGreaterThan(0);
          expect(chance).toBeLessThanOrEqual(1);
          if (i > 0) expect(chance).toBeLessThanOrEqual(chances[i - 1]! + 1e-12);
        });
      },
    ),
    { numRuns: 50 },
  );
});

it('a night is less of a silence than the same hours over a usual morning', () => {
  const rhythm = mornings(120);
  const wednesday = MONDAY + 121 * DAY - (121 % 7) * DAY + 2 * DAY;
  const night = rhythm.silenceProbability(wednesday + 12 * HOUR, wednesday + 30 * HOUR);
  const morning = rhythm.silenceProbability(wednesday + 6 * HOUR, wednesday + 24 * HOUR);
  expect(night).toBeGreaterThan(1.3 * morning);
});

it('a silent weekend is usual where weekends are silent, and a silent working week is not', () => {
  const rhythm = mornings(120);
  const saturday = MONDAY + 19 * 7 * DAY + 5 * DAY;
  expect(rhythm.silenceProbability(saturday, saturday + 2 * DAY)).toBeGreaterThan(0.5 * (1 - 5 / 6));
  expect(rhythm.silenceProbability(saturday + 2 * DAY, saturday + 7 * DAY)).toBeLessThan(0.05);
});

it('with three messages seen hardly any silence is surprising', () => {
  const rhythm = rhythmOf(stateOf(beats([MONDAY, MONDAY + DAY, MONDAY + 2 * DAY])));
  expect(rhythm.silenceProbability(MONDAY + 2 * DAY, MONDAY + 5 * DAY)).toBeGreaterThan(0.05);
});

it('expects as many messages as were usual', () => {
  const rhythm = mornings(140);
  const expected = rhythm.expectedMessages(MONDAY + 140 * DAY, MONDAY + 154 * DAY);
  expect(expected).toBeGreaterThan(30);
  expect(expected).toBeLessThan(100);
});

it('equal times and a clock that runs backwards give finite answers', () => {
  const rhythm = rhythmOf(stateOf(beats([MONDAY, MONDAY, MONDAY - DAY, MONDAY - DAY, MONDAY + HOUR])));
  expect(rhythm.silenceProbability(MONDAY, MONDAY)).toBe(1);
  expect(rhythm.silenceProbability(MONDAY + DAY, MONDAY)).toBe(1);
  expect(rhythm.silenceProbability(MONDAY, MONDAY + DAY)).toBeGreaterThan(0);
  expect(rhythm.replyLatency(0.5)).not.toBeNaN();
});

it('knows how fast replies come', () => {
  const at = Array.from({ length: 200 }, (_, i) => MONDAY + i * 40_000);
  const latency = rhythmOf(stateOf(at.map((time, i) => ({ at: time, previousAt: at[i - 1] ?? null, isReply: true }))));
  expect(latency.replyLatency(0.5)).toBeGreaterThan(28_000);
  expect(latency.replyLatency(0.5)).toBeLessThan(57_000);
});

it('new habits outweigh those of years ago', () => {
  const old = Array.from({ length: 300 }, (_, i) => MONDAY + i * DAY + 8 * HOUR);
  const recent = Array.from({ length: 300 }, (_, i) => MONDAY + (i + 1_500) * DAY + 20 * HOUR);
  const rhythm = rhythmOf(stateOf(beats([...old, ...recent])));
  expect(rhythm.startsPerHour(MONDAY + 20 * HOUR)).toBeGreaterThan(10 * rhythm.startsPerHour(MONDAY + 8 * HOUR));
});

it('comes back from bytes as it went', () => {
  fc.assert(
    fc.property(times, (at) => {
      const state = stateOf(beats(at));
      expect(rhythmFromBytes(rhythmToBytes(state))).toEqual(state);
    }),
    { numRuns: 20 },
  );
  expect(rhythmFromBytes(new Uint8Array(16))).toBeNull();
});
