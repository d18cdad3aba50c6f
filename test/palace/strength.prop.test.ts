import fc from 'fast-check';
import { createEmptyCard, fsrs, Rating, State } from 'ts-fsrs';
import { expect, it } from 'vitest';
import { curveOf, firstTrace, reachOf, review, strengthAt } from '../../src/palace/strength.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const rating = fc.constantFrom('again', 'hard', 'good', 'easy' as const);
const days = fc.integer({ min: 0, max: 900 });

it('is the memory model of ts-fsrs, whole days apart', () => {
  const grades = { again: Rating.Again, hard: Rating.Hard, good: Rating.Good, easy: Rating.Easy } as const;
  const library = fsrs({ enable_fuzz: false, enable_short_term: false, request_retention: 0.9 });
  fc.assert(
    fc.property(fc.array(fc.tuple(days, rating), { maxLength: 12 }), days, (reviews, later) => {
      let trace = firstTrace(0.5, START);
      let card = library.next(createEmptyCard(START), START, Rating.Good).card;
      let now = START;
      for (const [pause, grade] of reviews) {
        now += pause * DAY;
        trace = review(trace, grade as keyof typeof grades, now);
        card = library.next({ ...card, state: State.Review }, now, grades[grade as keyof typeof grades]).card;
      }
      expect(trace).toMatchObject({ reps: card.reps, lapses: card.lapses, lastReview: now });
      expect(trace.stability).toBeCloseTo(card.stability, 6);
      expect(trace.difficulty).toBeCloseTo(card.difficulty, 6);
      expect(strengthAt(trace, now + later * DAY)).toBeCloseTo(
        library.get_retrievability(card, new Date(now + later * DAY), false),
        6,
      );
    }),
  );
});

it('falls from 1 all the time, and is 0.9 when the memory is due', () => {
  fc.assert(
    fc.property(
      fc.float({ min: 0, max: 1, noNaN: true }),
      days,
      fc.integer({ min: 1, max: 500 }),
      (salience, d, more) => {
        const trace = firstTrace(salience, START);
        const [now, then] = [START + d * DAY, START + (d + more) * DAY];
        expect(strengthAt(trace, START)).toBe(1);
        expect(strengthAt(trace, then)).toBeLessThan(strengthAt(trace, now));
        expect(strengthAt(trace, trace.due)).toBeCloseTo(0.9, 6);
        expect(strengthAt(trace, START - DAY)).toBe(1); // told of the future
      },
    ),
  );
});

it('reaches as far as SQL believes', () => {
  fc.assert(
    fc.property(fc.float({ min: Math.fround(0.05), max: 1, noNaN: true }), days, (least, d) => {
      const trace = firstTrace(0.5, START);
      const now = START + d * DAY;
      const strength = strengthAt(trace, now);
      fc.pre(Math.abs(strength - least) > 1e-9);
      expect(now - trace.lastReview <= trace.stability * reachOf(least)).toBe(strength >= least);
    }),
  );
  expect(reachOf(0)).toBe(Infinity);
});

it('remembers the weightier longer, and what was recalled late longest', () => {
  const stabilities = [0, 0.2, 0.5, 0.9].map((salience) => firstTrace(salience, START).stability);
  expect(stabilities).toEqual(stabilities.toSorted((a, b) => a - b));
  expect(new Set(stabilities).size).toBe(4);
  const trace = firstTrace(0.5, START);
  const [early, late] = [1, 30].map((d) => review(trace, 'good', START + d * DAY).stability);
  expect(late).toBeGreaterThan(early!);
  expect(review(trace, 'good', START).stability).toBeCloseTo(trace.stability, 2); // cramming does not help
});

it('draws the curve from the last review on, through now', () => {
  const points = curveOf(firstTrace(0.5, START), START + 10 * DAY);
  expect(points[0]).toEqual({ at: START, strength: 1 });
  expect(points.map(({ at }) => at)).toContain(START + 10 * DAY);
  expect(points).toEqual(points.toSorted((a, b) => a.at - b.at));
});
