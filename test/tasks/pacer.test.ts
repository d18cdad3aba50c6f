import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Pacer, type Place } from '../../src/tasks/pacer.ts';
import { BUSY_BATCH, MICRO_BATCH } from '../../src/tasks/process.ts';

const NOW = 1_000_000;
/** Messages arrive evenly for two seconds, until `NOW`. */
function arriving(perSecond: number): Pacer {
  const pacer = new Pacer();
  for (let i = 2 * perSecond; i >= 0; i--) pacer.accepted(NOW - (1_000 * i) / perSecond);
  return pacer;
}
const places = (pacer: Pacer, objects: number, texts = 1, now = NOW) =>
  Array.from({ length: objects }, () => pacer.queue(now, texts));
/** Objects that ask again when they are told to, until all have begun. @returns when each began, in ms from `NOW` */
function begins(pacer: Pacer, waiting: readonly Place[]): number[] {
  const at = waiting.map(() => NOW);
  const begun: (number | null)[] = waiting.map(() => null);
  while (begun.includes(null)) {
    const next = at.reduce((best, time, i) => (begun[i] === null && (best < 0 || time < at[best]!) ? i : best), -1);
    const wait = pacer.wait(waiting[next]!, at[next]!);
    if (wait > 0) at[next]! += wait;
    else {
      begun[next] = at[next]! - NOW;
      pacer.ended(waiting[next]!, 0, at[next]!);
    }
  }
  return begun as number[];
}
/** From the first's turn to the second's, ms. */
const gap = (rate: number) => {
  const pacer = arriving(rate);
  const [first, second] = places(pacer, 2);
  pacer.wait(first!, NOW);
  return pacer.wait(second!, NOW);
};
/** From one's turn to the next one's, ms, when messages have begun to arrive. */
function spacing(pacer: Pacer, now: number): number {
  for (let i = 0; i < 40; i++) pacer.accepted(now);
  const [first, second] = places(pacer, 2, 1, now).map((place) => pacer.wait(place, now));
  return second! - first!;
}
/** One object works off so many batches, with nothing else to do. */
function worked(pacer: Pacer, batches: number, msPerText: number, from = NOW): number {
  let now = from;
  for (let i = 0; i < batches; i++) {
    const [place] = places(pacer, 1, MICRO_BATCH, now);
    now += pacer.wait(place!, now);
    now += MICRO_BATCH * msPerText;
    pacer.ended(place!, MICRO_BATCH, now);
  }
  return now;
}

it('lets work begin at once where nobody waits, however many messages arrive', () => {
  for (const rate of [1, 100, 1_000]) {
    const pacer = arriving(rate);
    expect(pacer.wait(pacer.queue(NOW, 1), NOW)).toBe(0);
  }
});

it('gives objects their turns in order of asking while messages arrive', () => {
  const pacer = arriving(100);
  const given = begins(pacer, places(pacer, 20));
  expect(given).toEqual([...given].sort((a, b) => a - b));
  expect(new Set(given).size).toBe(20);
});

it('keeps up with messages that arrive for ever, where the thread is fast enough for them', () => {
  for (const rate of [20, 40, 80, 120]) {
    const pacer = arriving(rate);
    const [textMs, people] = [5, 50];
    const waiting: Place[] = [];
    let [now, longest] = [NOW, 0];
    for (let sent = 0; sent < 60 * rate; sent++) {
      now = Math.max(now, NOW + (1_000 * sent) / rate);
      pacer.accepted(now);
      waiting.push(pacer.queue(now, 1));
      while (waiting[0] && pacer.wait(waiting[0], now) === 0) {
        now += textMs; // the thread is its own meanwhile
        pacer.ended(waiting.shift()!, 1, now);
      }
      longest = Math.max(longest, waiting.length);
    }
    expect(longest).toBeLessThan(people);
  }
});

it('leaves background work a smaller share the more messages arrive than it can keep up with, and never none', () => {
  const gaps = [200, 500, 1_000, 10_000].map(gap);
  expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
  expect(gap(1_000)).toBeGreaterThan(2 * gap(200));
  expect(gap(10_000)).toBe(gap(1_000));
});

it('takes whole batches when nothing arrives, smaller ones while messages do, and one at a time when many do', () => {
  const calm = arriving(100);
  expect(calm.batch(NOW + 5_000, false)).toBe(MICRO_BATCH);
  expect([arriving(50).batch(NOW, true), arriving(50).batch(NOW, false)]).toEqual([MICRO_BATCH, BUSY_BATCH]);
  expect(arriving(1_000).batch(NOW, true)).toBe(1);
});

it('does not take a stream that background work has held up for its end', () => {
  const pacer = arriving(100);
  expect([pacer.isBusy(NOW + 1_000), pacer.isBusy(NOW + 5_000)]).toEqual([true, false]);
});

it('lets two work at a time when nothing arrives', () => {
  const pacer = new Pacer();
  const waiting = places(pacer, 4, MICRO_BATCH);
  expect(waiting.map((place) => pacer.wait(place, NOW) === 0)).toEqual([true, true, false, false]);
  pacer.ended(waiting[0]!, 0, NOW);
  expect(pacer.wait(waiting[2]!, NOW)).toBe(0);
});

it('keeps no free place from who is awake, however many took places before and sleep', () => {
  const pacer = arriving(1_000);
  places(pacer, 5_000, MICRO_BATCH);
  const later = NOW + 10_000;
  const [awake] = places(pacer, 1, MICRO_BATCH, later);
  expect(pacer.wait(awake!, later)).toBe(0);
});

it('has who waits ask again while its object is still awake, 10 s after its last event', () => {
  for (const rate of [0, 100, 1_000]) {
    const pacer = arriving(rate);
    const waits = places(pacer, 5_000, MICRO_BATCH).map((place) => pacer.wait(place, NOW));
    expect(Math.max(...waits)).toBeLessThan(10_000);
  }
});

it('works off a crowd without idling as soon as nothing arrives any more, though stalls had made texts look dear', () => {
  const pacer = arriving(1_000);
  const slow = places(pacer, 20);
  for (const [i, place] of slow.entries()) {
    pacer.wait(place, NOW + i);
    pacer.ended(place, 1, NOW + 5_000 * (i + 1));
  }
  const start = NOW + 100_000;
  const people = 200;
  const [costMs, askedAt] = [MICRO_BATCH * 5, Array.from({ length: people }, () => start)];
  const waiting = places(pacer, people, MICRO_BATCH, start);
  // two can be under way; the thread works on one at a time
  let [threadFree, done] = [start, 0];
  const ends: { at: number; place: Place }[] = [];
  while (done < people) {
    const next = askedAt.reduce((best, time, i) => (time < (askedAt[best] ?? Number.POSITIVE_INFINITY) ? i : best), -1);
    const now = next < 0 ? Number.POSITIVE_INFINITY : askedAt[next]!;
    if (ends[0] && ends[0].at <= now) {
      const { at, place } = ends.shift()!;
      pacer.ended(place, MICRO_BATCH, at);
      done++;
      continue;
    }
    const wait = pacer.wait(waiting[next]!, now);
    askedAt[next] = wait === 0 ? Number.POSITIVE_INFINITY : now + wait;
    if (wait > 0) continue;
    threadFree = Math.max(threadFree, now) + costMs;
    ends.push({ at: threadFree, place: waiting[next]! });
  }
  expect(threadFree - start).toBeLessThan(1.5 * people * costMs);
});

it('measures what texts cost from end to end, so that two at once do not look twice as dear', () => {
  const spacingAfter = (abreast: number) => {
    const pacer = new Pacer();
    let now = NOW;
    for (let round = 0; round < 60; round++) {
      const waiting = places(pacer, abreast, 1, now);
      for (const place of waiting) pacer.wait(place, now);
      for (const place of waiting) {
        now += 20;
        pacer.ended(place, 1, now);
      }
    }
    return spacing(pacer, now);
  };
  expect(Math.abs(spacingAfter(2) - spacingAfter(1))).toBeLessThanOrEqual(1); // ms, rounded up
});

it('spaces batches by what texts have cost lately', () => {
  const spacingAfter = (ms: number) => {
    const pacer = new Pacer();
    return spacing(pacer, worked(pacer, 50, ms));
  };
  expect(spacingAfter(40) / spacingAfter(4)).toBeGreaterThan(8);
});

it('gives the place of work that does not end to others', () => {
  const pacer = new Pacer();
  for (const place of places(pacer, 2, MICRO_BATCH)) pacer.wait(place, NOW);
  const later = NOW + 120_000;
  expect(places(pacer, 2, MICRO_BATCH, later).map((place) => pacer.wait(place, later))).toEqual([0, 0]);
});

it('lets everybody begin in the end, whatever arrives and whoever leaves the queue', () => {
  const step = fc.record({ after: fc.nat(3_000), texts: fc.integer({ min: 1, max: 16 }), arrive: fc.nat(50) });
  const steps = fc.array(fc.record({ step, leaves: fc.boolean() }), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (all) => {
      const pacer = new Pacer();
      let now = NOW;
      const stay: Place[] = [];
      for (const { step, leaves } of all) {
        now += step.after;
        for (let i = 0; i < step.arrive; i++) pacer.accepted(now);
        const place = pacer.queue(now, step.texts);
        if (!leaves) stay.push(place);
      }
      for (const place of stay) {
        // far longer than all of them take
        for (let asked = 0; asked < 1_000; asked++) {
          const wait = pacer.wait(place, now);
          if (wait === 0) break;
          now += wait;
        }
        expect(place.begunAt).not.toBeNull();
        pacer.ended(place, place.texts, now + 5 * place.texts);
      }
    }),
  );
});

it('calls it crowded when many messages arrive, and when much is left to do', () => {
  expect([arriving(500).isCrowded(NOW), arriving(5).isCrowded(NOW)]).toEqual([true, false]);
  const pacer = new Pacer();
  places(pacer, 1_000, MICRO_BATCH);
  expect(pacer.isCrowded(NOW)).toBe(true);
});

it('counts as left to do only the work of those who go on asking for their turn', () => {
  const isCrowded = (asking: number) => {
    const pacer = arriving(1_000);
    const awake = places(pacer, 1_000, MICRO_BATCH).slice(0, asking);
    for (let now = NOW; now <= NOW + 60_000; now += 5_000) {
      for (const place of awake) if (place.begunAt === null) pacer.wait(place, now);
    }
    return pacer.isCrowded(NOW + 64_000);
  };
  expect([isCrowded(1_000), isCrowded(0)]).toEqual([true, false]);
});

it('counts work that has begun as left no longer', () => {
  const pacer = new Pacer();
  const waiting = places(pacer, 1_000, MICRO_BATCH);
  for (const place of waiting) {
    expect(pacer.wait(place, NOW)).toBe(0);
    pacer.ended(place, 0, NOW);
  }
  expect(pacer.isCrowded(NOW)).toBe(false);
});

it('leaves 40 ms between saves while messages arrive, 100 ms while it is crowded, and nothing when none do', () => {
  expect([arriving(50).saveSpacing(NOW), arriving(500).saveSpacing(NOW), new Pacer().saveSpacing(NOW)]).toEqual([
    40, 100, 0,
  ]);
});

it('is asked about twice in the time of a text, however many wait for two that work', () => {
  const pacer = new Pacer();
  worked(pacer, 50, 5);
  const start = NOW + 60_000;
  const waiting = places(pacer, 1_000, 1, start);
  for (const place of waiting.slice(0, 2)) pacer.wait(place, start);
  const askedAt = waiting.slice(2).map(() => start);
  let asked = 0;
  for (let ms = 0; ms < 1_500; ms++) {
    for (const [i, at] of askedAt.entries()) {
      if (at > start + ms) continue;
      asked++;
      askedAt[i] = start + ms + pacer.wait(waiting[i + 2]!, start + ms);
    }
  }
  expect(asked - waiting.length).toBeLessThan((3 * 1_500) / 5);
});

it('goes on where the clock was set back, as if nothing had arrived later than now', () => {
  const pacer = arriving(100);
  const before = NOW - 3_600_000;
  const [first, second] = places(pacer, 2, MICRO_BATCH);
  pacer.wait(first!, NOW);
  pacer.ended(first!, MICRO_BATCH, before);
  expect(pacer.isBusy(before)).toBe(false);
  expect(pacer.wait(second!, before)).toBeLessThan(10_000);
  expect(pacer.wait(second!, before + 10_000)).toBe(0);
});
