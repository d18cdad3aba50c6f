import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SaveQueue } from '../../src/tasks/save-queue.ts';

const NOW = 1_000_000;
const WINDOW = 32;

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

/** A queue, and how many ms lie between two saves; 0: nothing else holds the thread. */
function queue(spacing = 0) {
  const pacer = { spacing, saveSpacing: () => pacer.spacing };
  return { pacer, saves: new SaveQueue(pacer) };
}
const names = (count: number, prefix = '') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
/** When objects that ask together come again or, where it is their turn, 0: ms from `now`. */
const asks = (saves: SaveQueue, who: readonly string[], now = NOW) =>
  who.map((name) => {
    const { isNow, again } = saves.ask(name, now);
    return isNow ? 0 : again - now;
  });
const count = (waits: readonly number[]) => waits.filter((ms) => ms === 0).length;

describe('turns', () => {
  it('lie as far apart as the thread needs, and together when nothing else needs it', () => {
    expect(asks(queue(40).saves, ['a', 'b', 'c'])).toEqual([0, 40, 80]);
    expect(asks(queue().saves, ['a', 'b', 'c'])).toEqual([0, 0, 0]);
  });

  it('are kept for who asks again, until they have come', () => {
    const { saves } = queue(100);
    asks(saves, ['a', 'b', 'c']);
    expect(asks(saves, ['c', 'b', 'd'], NOW + 50)).toEqual([150, 50, 250]);
    expect(asks(saves, ['b'], NOW + 100)).toEqual([0]);
  });

  it('have all come when nothing arrives any more', () => {
    const { saves, pacer } = queue(100);
    asks(saves, ['a', 'b', 'c']);
    pacer.spacing = 0;
    expect(asks(saves, ['c', 'b'], NOW + 1)).toEqual([0, 0]);
  });

  it('begin anew when nobody waits any more', () => {
    const { saves } = queue(100);
    asks(saves, ['a', 'b', 'c', 'd']);
    saves.leave('b', NOW);
    expect(asks(saves, ['e'])).toEqual([400]);
    for (const who of ['c', 'd', 'e']) saves.leave(who, NOW);
    expect(asks(saves, ['f', 'g'])).toEqual([100, 200]);
  });

  it('of those who never come are lost a minute later, and hold up nobody', () => {
    const { saves } = queue(100);
    asks(saves, names(700));
    const later = NOW + 69_901 + 60_000;
    expect(asks(saves, ['new', 'newer', '699'], later)).toEqual([0, 100, 200]);
  });

  it('are kept for who is late by less than a minute', () => {
    const { saves } = queue(100);
    asks(saves, ['a', 'late']);
    expect(asks(saves, ['b', 'c', 'late'], NOW + 60_000)).toEqual([0, 100, 0]);
  });

  it('lie no more than ten minutes ahead', () => {
    const { saves, pacer } = queue(100);
    asks(saves, names(7_000));
    pacer.spacing = 1; // a look that comes before the turn says nothing of it
    const late = asks(saves, names(7_000), NOW + 600_000);
    expect(count(late)).toBe(WINDOW);
  });

  it('begin anew where the clock was set back', () => {
    const { saves } = queue(100);
    asks(saves, ['a', 'b', 'c']);
    expect(asks(saves, ['c', 'a', 'd'], NOW - 900_000)).toEqual([0, 100, 200]);
  });
});

describe('who waits', () => {
  it('looks after ten seconds whether the others have gone', () => {
    const { saves } = queue(1_000);
    expect(Math.max(...asks(saves, names(100)))).toBe(10_000);
  });

  it('looks the less often the more of them wait, so that looks alone never fill the thread', () => {
    const { saves } = queue(1_000);
    asks(saves, names(3_000));
    expect(asks(saves, ['3000'])).toEqual([150_000]);
  });

  it('looks at a time of its own, since all have begun together', () => {
    vi.mocked(Math.random).mockReturnValue(1);
    const { saves } = queue(1_000);
    expect(Math.max(...asks(saves, names(100)))).toBe(7_000);
  });
});

describe('those who ask', () => {
  it('are not more at once than consumers can be at, however little else there is to do', () => {
    expect(count(asks(queue().saves, names(1_600)))).toBe(WINDOW);
  });

  it('make room for the next with each that is saved', () => {
    const { saves } = queue();
    asks(saves, names(100));
    for (const who of names(5)) saves.saved(who, NOW + 10);
    expect(count(asks(saves, names(50, 'more'), NOW + 10))).toBe(5);
  });

  it('do not ask again while the consumer may still come, also where the object was evicted meanwhile', () => {
    const { saves } = queue();
    asks(saves, ['a']);
    expect(asks(saves, ['a'], NOW + 9_000)).toEqual([2_000]);
    expect(asks(saves, ['a'], NOW + 11_000)).toEqual([0]);
  });

  it('ask again later each time, and after 70 s at the latest', () => {
    const { saves } = queue();
    const waits: number[] = [];
    for (let now = NOW, tries = 0; tries < 9; tries++) {
      const { again } = saves.ask('a', now);
      waits.push(again - now);
      now = again;
    }
    expect(waits).toEqual([11, 12, 14, 18, 26, 42, 70, 70, 70].map((s) => 1_000 * s));
  });

  it('begin with short waits again once they were saved', () => {
    const { saves } = queue();
    asks(saves, ['a']);
    asks(saves, ['a'], NOW + 11_000);
    saves.saved('a', NOW + 12_000);
    expect(saves.ask('a', NOW + 20_000)).toEqual({ isNow: true, again: NOW + 31_000 });
  });

  it('have those who wait come as fast as saves have gone lately', () => {
    const gapAfter = (ms: number) => {
      const { saves } = queue();
      const ends = names(100).map((who, i) => [who, NOW + (i + 1) * ms] as const);
      for (const [who, at] of ends) {
        saves.ask(who, at - ms);
        saves.saved(who, at);
      }
      const now = NOW + 200 * ms;
      asks(saves, names(WINDOW, 'full'), now);
      const [first, second] = asks(saves, ['a', 'b'], now);
      return second! - first!;
    };
    expect([gapAfter(10), gapAfter(500), gapAfter(60_000)].map(Math.round)).toEqual([10, 500, 1_000]);
  });

  it('leave their place to others when no consumer comes', () => {
    const { saves } = queue();
    asks(saves, names(WINDOW));
    expect(count(asks(saves, names(100, 'other'), NOW + 9_999))).toBe(0);
    expect(count(asks(saves, names(100, 'another'), NOW + 10_000))).toBe(WINDOW);
  });

  it('may ask at once where the clock was set back', () => {
    const { saves } = queue();
    asks(saves, names(WINDOW));
    expect(asks(saves, ['0', 'other'], NOW - 3_600_000)).toEqual([0, 0]);
  });
});

/** Objects that come when they are told to; each save takes `saveMs` of a consumer that does one at a time. */
function drain(people: number, saveMs: number, isDown: (now: number) => boolean = () => false) {
  const { saves } = queue();
  const comes = new Map(names(people).map((who) => [who, NOW]));
  const consumer: { who: string; at: number }[] = [];
  let [free, visits, asked] = [NOW, 0, 0];
  const earliest = () => [...comes].reduce((best, next) => (next[1] < best[1] ? next : best));
  while (comes.size > 0) {
    const [who, now] = earliest();
    const first = consumer[0];
    if (first && first.at <= now) {
      consumer.shift();
      if (isDown(first.at) || !comes.delete(first.who)) continue;
      saves.saved(first.who, first.at);
      continue;
    }
    visits++;
    const { isNow, again } = saves.ask(who, now);
    comes.set(who, again);
    if (!isNow) continue;
    asked++;
    free = Math.max(free, now) + (isDown(now) ? 0 : saveMs);
    consumer.push({ who, at: free });
  }
  return { seconds: (free - NOW) / 1_000, visits, asked };
}

describe('a crowd that is due together', () => {
  it('is saved about as fast as its consumer can, and each comes but a few times', () => {
    const { seconds, visits, asked } = drain(1_600, 50);
    expect(seconds).toBeLessThan(1.5 * 1_600 * 0.05);
    expect(asked).toBeLessThan(1.1 * 1_600);
    expect(visits).toBeLessThan(5 * 1_600);
  });

  it('does not ask more and more where consumers are slow', () => {
    const { asked } = drain(600, 400);
    expect(asked).toBeLessThan(2.5 * 600);
  });

  it('is saved within minutes once Postgres is back after ten', () => {
    const outage = NOW + 600_000;
    const { seconds, visits } = drain(1_600, 20, (now) => now < outage);
    expect(seconds).toBeLessThan(600 + 240);
    expect(visits).toBeLessThan(20 * 1_600);
  });
});

it('gives everybody a turn in the end, whoever leaves and however long saving takes', () => {
  const step = fc.record({
    after: fc.nat(20_000),
    who: fc.nat(60),
    what: fc.constantFrom<('ask' | 'saved' | 'leave')[]>('ask', 'ask', 'ask', 'saved', 'leave'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), fc.constantFrom(0, 40, 100), (steps, spacing) => {
      const { saves } = queue(spacing);
      let now = NOW;
      for (const { after, who, what } of steps) {
        now += after;
        if (what === 'ask') expect(saves.ask(String(who), now).again).toBeGreaterThan(now);
        else saves[what](String(who), now);
      }
      for (let asked = 0; ; asked++) {
        const { isNow, again } = saves.ask('last', now);
        if (isNow) break;
        expect(asked).toBeLessThan(10);
        now = again;
      }
    }),
  );
});
