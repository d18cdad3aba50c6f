import { afterEach, expect, it, vi } from 'vitest';
import { AlarmClock, guardAt } from '../../durable-objects/alarm-clock.ts';
import { pacer } from '../../src/tasks/isolate-pacer.ts';

const NOW = 1_000_000;
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** When work is looked after while so many texts wait in the isolate, in s: the soonest and the latest. */
function guard(waiting: number): [number, number] {
  vi.spyOn(pacer, 'waiting').mockReturnValue(waiting);
  const random = vi.spyOn(Math, 'random');
  const at = (share: number) => {
    random.mockReturnValue(share);
    return (guardAt(NOW) - NOW) / 1_000;
  };
  return [at(0), at(1)];
}

it('looks after work that goes on half a minute later, and up to twice as long, so that not all come together', () => {
  expect(guard(0)).toEqual([30, 60]);
});

it('looks after it later the more waits, so that a thousand objects look ten times a second at most', () => {
  expect([guard(300), guard(600), guard(1_000)]).toEqual([
    [30, 60],
    [60, 120],
    [100, 200],
  ]);
});

it('looks after it within 200 seconds, whatever waits', () => {
  expect(guard(1_000_000)).toEqual([100, 200]);
});

it('asks for what is due at messages that come in one stream once in half a minute, however late the guard', async () => {
  vi.useFakeTimers({ now: NOW });
  guard(1_000_000); // from here on at its latest
  const nextDue = vi.fn(() => NOW + 500_000);
  const ctx = { storage: { setAlarm: async () => {} } } as unknown as DurableObjectState;
  const clock = new AlarmClock({ ctx, env: { METRICS: 'off' } as never, nextDue, isWaiting: () => false });
  await clock.guard(Number.POSITIVE_INFINITY);
  for (const seconds of [0, 10, 29]) {
    vi.setSystemTime(NOW + seconds * 1_000);
    await clock.touch();
  }
  expect(nextDue).not.toHaveBeenCalled();
  vi.setSystemTime(NOW + 30_000);
  await clock.touch();
  expect(nextDue).toHaveBeenCalledOnce();
});
