import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTime } from '../../../src/text/time/find-time.ts';
import type { TimeMention } from '../../../src/text/time/mention.ts';
import { ordinal } from '../../../src/text/time/numbers.ts';

const DAY = 86_400_000;
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const ORDINALS = 'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'.split(' ');
const NOW = { time: Date.parse('2026-11-22T12:00:00Z'), zone: 'UTC' };

/** A day of 1990 to 2089, at midnight UTC. */
const day = fc.integer({ min: 7_305, max: 43_800 }).map((count) => new Date(count * DAY));
const find = (text: string): TimeMention | undefined => findTime(text, NOW)?.mention;
const range = (from: Date, lastDay: Date): TimeMention => ({
  kind: 'range',
  from: from.getTime(),
  until: lastDay.getTime() + DAY,
  slack: 0,
});

/** Ways to write the day of a month, with what follows it. */
const DATED = [
  (d: Date, year: string) => `${MONTHS[d.getUTCMonth()]} ${d.getUTCDate()}${year && `, ${year}`}`,
  (d: Date, year: string) => `${MONTHS[d.getUTCMonth()]} ${ordinal(d.getUTCDate())}${year && ` ${year}`}`,
  (d: Date, year: string) => `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]}${year && ` ${year}`}`,
  (d: Date, year: string) =>
    `the ${ordinal(d.getUTCDate())} of ${MONTHS[d.getUTCMonth()]?.toUpperCase()}${year && `, ${year}`}`,
  (d: Date, year: string) => `${MONTHS[d.getUTCMonth()]!.slice(0, 3)}. ${d.getUTCDate()}${year && ` ${year}`}`,
];
const style = fc.constantFrom(...DATED);
const frame = fc.constantFrom(
  (time: string) => `What did we talk about on ${time}?`,
  (time: string) => `Tell me what we discussed ${time}.`,
  (time: string) => `On ${time}, what did she say about the   boat`,
);
const yearOf = (d: Date) => String(d.getUTCFullYear());
const iso = (d: Date) => d.toISOString().slice(0, 10);

describe('a date that is written out is read back', () => {
  it('with its year', () => {
    fc.assert(
      fc.property(day, style, frame, (d, write, put) => {
        expect(find(put(write(d, yearOf(d))))).toEqual(range(d, d));
        expect(find(put(iso(d)))).toEqual(range(d, d));
        expect(find(put(iso(d).replaceAll('-', '/')))).toEqual(range(d, d));
      }),
    );
  });

  it('without its year, as that day of every year', () => {
    fc.assert(
      fc.property(day, style, frame, (d, write, put) => {
        const at = { month: d.getUTCMonth(), day: d.getUTCDate() };
        expect(find(put(write(d, '')))).toEqual({ kind: 'yearly', from: at, to: at });
      }),
    );
  });

  it('as a month, with and without its year', () => {
    fc.assert(
      fc.property(day, (d) => {
        const [year, month] = [d.getUTCFullYear(), d.getUTCMonth()];
        const whole = { month, day: null };
        expect(find(`what happened in ${MONTHS[month]}`)).toEqual({ kind: 'yearly', from: whole, to: whole });
        const first = new Date(Date.UTC(year, month, 1));
        const last = new Date(Date.UTC(year, month + 1, 0));
        expect(find(`what happened in ${MONTHS[month]} ${year}`)).toEqual(range(first, last));
        expect(find(`what happened in ${year}`)).toEqual(
          range(new Date(Date.UTC(year, 0, 1)), new Date(Date.UTC(year, 11, 31))),
        );
      }),
    );
  });

  it('as a span, its year said at both ends, at the last, or not at all', () => {
    const link = fc.constantFrom(['between', 'and'], ['from', 'to'], ['over', 'through'], ['', 'until'], ['from', '-']);
    fc.assert(
      fc.property(day, day, style, link, (one, other, write, [lead, join]) => {
        const [a, b] = one < other ? [one, other] : [other, one];
        const span = (x: string, y: string) => `What did we discuss ${lead} ${x} ${join} ${y}?`;
        expect(find(span(write(a, yearOf(a)), write(b, yearOf(b))))).toEqual(range(a, b));
        const sameYear = new Date(Date.UTC(b.getUTCFullYear(), a.getUTCMonth(), a.getUTCDate()));
        // 29 February may not be in that year
        if (sameYear <= b && sameYear.getUTCMonth() === a.getUTCMonth()) {
          expect(find(span(write(a, ''), write(b, yearOf(b))))).toEqual(range(sameYear, b));
        }
        expect(find(span(write(a, ''), write(b, '')))).toEqual({
          kind: 'yearly',
          from: { month: a.getUTCMonth(), day: a.getUTCDate() },
          to: { month: b.getUTCMonth(), day: b.getUTCDate() },
        });
      }),
    );
  });
});

describe('a time counted from now is read back', () => {
  it('as days and months ago', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), day, (count, today) => {
        const now = { time: today.getTime() + 15 * 3_600_000, zone: 'UTC' };
        const there = new Date(today.getTime() - count * DAY);
        expect(findTime(`${count} days ago`, now)!.mention).toEqual({ ...range(there, there), slack: DAY });
        const [year, month] = [today.getUTCFullYear(), today.getUTCMonth() - count];
        expect(findTime(`what did we say ${count} months ago`, now)!.mention).toEqual(
          range(new Date(Date.UTC(year, month, 1)), new Date(Date.UTC(year, month + 1, 0))),
        );
        expect(findTime(`over the last ${count} days`, now)!.mention).toEqual(range(there, today));
      }),
    );
  });

  it('as the last day of a name', () => {
    const names = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
    fc.assert(
      fc.property(day, fc.nat(6), (today, weekday) => {
        const now = { time: today.getTime(), zone: 'UTC' };
        const { from } = findTime(`last ${names[weekday]}`, now)!.mention as { from: number };
        expect(new Date(from).getUTCDay()).toBe(weekday);
        expect(today.getTime() - from).toBeGreaterThan(0);
        expect(today.getTime() - from).toBeLessThanOrEqual(7 * DAY);
      }),
    );
  });
});

describe('a session is read back', () => {
  const nth = fc.integer({ min: 1, max: 120 });
  const name = (n: number) => fc.constantFrom(ordinal(n), ORDINALS[n - 1] ?? ordinal(n));
  const noun = fc.constantFrom('session', 'discussion', 'conversation', 'chat');

  it('by its number', () => {
    fc.assert(
      fc.property(
        nth.chain((n) => fc.tuple(fc.constant(n), name(n))),
        noun,
        ([n, word], what) => {
          expect(find(`What was said in our ${word} ${what}?`)).toEqual({ kind: 'sessions', from: n, to: n });
          expect(find(`What was said in ${what} ${n}?`)).toEqual({ kind: 'sessions', from: n, to: n });
          expect(find(`What was said ${n} ${what}s ago?`)).toEqual({ kind: 'sessions', from: -n, to: -n });
          expect(find(`What was said in the last ${n} ${what}s?`)).toEqual({ kind: 'sessions', from: -n, to: -1 });
        },
      ),
    );
  });

  it('as a span', () => {
    fc.assert(
      fc.property(nth, nth, noun, (one, other, what) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const span = { kind: 'sessions', from, to };
        expect(find(`What was said between ${what}s ${from} and ${to}?`)).toEqual(span);
        expect(find(`What was said over ${what}s ${from} through ${to}?`)).toEqual(span);
        expect(find(`From the ${ordinal(from)} to the ${ordinal(to)} ${what}s`)).toEqual(span);
      }),
    );
  });
});
