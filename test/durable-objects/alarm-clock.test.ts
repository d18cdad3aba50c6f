import { afterEach, expect, it, vi } from 'vitest';
import { AlarmClock, guardAt } from '../../durable-objects/alarm-clock.ts';

const NOW = 1_000_000;
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('looks after work that goes on half a minute later, and up to twice as long, so that not all come together', () => {
  const random = vi.spyOn(Math, 'random');
  const guard = (share: number) => {
    random.mockReturnValue(share);
    return (guardAt(NOW) - NOW) / 1_000;
  };
  expect([guard(0), guard(1)]).toEqual([30, 60]);
});

it('asks for what is due at messages that come in one stream once in half a minute, however late the guard', async () => {
  vi.useFakeTimers({ now: NOW });
  vi.spyOn(Math, 'random').mockReturnValue(0.99); // the guard at its latest
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

it.each([
  ['what is due', (clock: AlarmClock) => clock.rearm()],
  ['work that goes on', (clock: AlarmClock) => clock.guard(Number.POSITIVE_INFINITY)],
])('sets an alarm that could not be set as soon as it is asked again, for %s', async (_what, ask) => {
  vi.useFakeTimers({ now: NOW });
  const setAlarm = vi.fn(async (_at: number) => {});
  setAlarm.mockRejectedValueOnce(new Error('disk full'));
  const ctx = { storage: { setAlarm } } as unknown as DurableObjectState;
  const nextDue = (now: number) => now + 30_000;
  const clock = new AlarmClock({ ctx, env: { METRICS: 'off' } as never, nextDue, isWaiting: () => true });
  await expect(ask(clock)).rejects.toThrow('disk full');
  vi.setSystemTime(NOW + 1_000);
  await clock.touch();
  expect(setAlarm).toHaveBeenLastCalledWith(NOW + 31_000);
  await clock.touch();
  expect(setAlarm).toHaveBeenCalledTimes(2); // now it is remembered
});
