import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Stores } from '../../durable-objects/stores/stores.ts';
import type { RecordGroups } from '../../durable-objects/sync/record-groups.ts';
import { SyncDesk } from '../../durable-objects/sync/sync-desk.ts';
import { pacer } from '../../src/tasks/isolate-pacer.ts';

/** What the desk asks of storage: whether changes wait, and when the next message is to be worked on. */
const state = { changes: true, unfinished: false };
const stores = {
  outbox: { first: () => null, isEmpty: () => !state.changes, removeThrough: () => {} },
  records: { isEmpty: () => true, removeThrough: () => {} },
  tasks: { nextDue: () => (state.unfinished ? 0 : null) },
} as unknown as Stores;

let desk: SyncDesk;
let sent: number[];
let started = Date.UTC(2026, 0, 1);
const newDesk = (name = 'ours') => new SyncDesk(stores, {} as RecordGroups, name);
let spread: { mockReturnValue(share: number): unknown };
beforeEach(() => {
  vi.useFakeTimers();
  spread = vi.spyOn(Math, 'random').mockReturnValue(0);
  started += 3_600_000; // the isolate's pacer outlives a test: nothing has arrived lately
  vi.setSystemTime(started);
  Object.assign(state, { changes: true, unfinished: false });
  desk = newDesk();
  sent = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Rings so many seconds after the start. */
const ring = async (seconds: number, send = async () => {}) => {
  vi.setSystemTime(started + seconds * 1_000);
  await desk.request(async () => {
    sent.push(seconds);
    await send();
  });
};

/** So many messages a second have arrived in the isolate, and other objects asked for their turns, so many seconds after the start. */
async function crowd(seconds: number, { perSecond = 500, others = 0 } = {}): Promise<void> {
  vi.setSystemTime(started + seconds * 1_000);
  for (let i = 0; i < perSecond; i++) pacer.accepted(Date.now());
  for (let i = 0; i < others; i++) await newDesk(`${seconds} ${i}`).request(async () => {});
}

describe('changes', () => {
  it('are asked for at once when nothing waits for its vector', async () => {
    await ring(0);
    expect(sent).toEqual([0]);
  });

  it('gather while messages wait for their vectors, and go as soon as none does', async () => {
    state.unfinished = true;
    for (const second of [0, 2, 4, 6]) await ring(second);
    expect(sent).toEqual([]);
    state.unfinished = false;
    await ring(6.1);
    expect(sent).toEqual([6.1]);
  });

  it('gather for no more than ten seconds, however many messages arrive', async () => {
    state.unfinished = true;
    for (const second of [0, 2, 4, 6, 8, 9.9]) await ring(second);
    expect(sent).toEqual([]);
    await ring(10);
    expect(sent).toEqual([10]);
  });

  it('count the ten seconds from the first ring, not from one that found nothing to save', async () => {
    state.unfinished = true;
    state.changes = false;
    await ring(0);
    state.changes = true;
    for (const second of [5, 10, 14.9]) await ring(second);
    expect(sent).toEqual([]);
    await ring(15);
    expect(sent).toEqual([15]);
  });

  it('gather anew once those that were asked for are confirmed', async () => {
    state.unfinished = true;
    for (const second of [0, 10]) await ring(second);
    desk.confirm({ id: 1, row: 0, record: 0 });
    for (const second of [12, 14, 19.9]) await ring(second);
    expect(sent).toEqual([10]);
    await ring(20);
    expect(sent).toEqual([10, 20]);
  });

  it('gather from when they come, when all before were confirmed late', async () => {
    state.unfinished = true;
    for (const second of [0, 10, 60]) await ring(second);
    state.changes = false;
    desk.confirm({ id: 1, row: 0, record: 0 });
    state.changes = true;
    for (const second of [100, 109.9]) await ring(second);
    expect(sent).toEqual([10]);
    await ring(110);
    expect(sent).toEqual([10, 110]);
  });

  it('are not asked for again while the consumer that was asked may still come, and then they are', async () => {
    await ring(0);
    for (const second of [2, 5, 9.9]) await ring(second);
    expect(sent).toEqual([0]);
    await ring(60);
    expect(sent).toEqual([0, 60]);
  });

  it('are not asked for again by an object that was evicted meanwhile, and then later each time', async () => {
    for (const second of [0, 9, 11, 22, 24]) {
      desk = newDesk();
      await ring(second);
    }
    expect(sent).toEqual([0, 11, 24]);
  });

  it('are asked for again after a queue that failed', async () => {
    const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
    await ring(0, () => Promise.reject(new Error('queue is down')));
    await ring(60);
    expect(sent).toEqual([0, 60]);
    expect(noise).toHaveBeenCalledOnce();
    noise.mockRestore();
  });
});

describe('changes, while many messages arrive', () => {
  it('gather for two and a half minutes, and go as soon as fewer arrive', async () => {
    state.unfinished = true;
    for (const second of [0, 10, 149.9]) {
      await crowd(second);
      await ring(second);
    }
    expect(sent).toEqual([]);
    await ring(152);
    expect(sent).toEqual([152]);
  });

  it('gather from when they come, without an alarm that only begins it', async () => {
    state.unfinished = true;
    await crowd(0);
    expect(desk.nextDue(Date.now())).toBe(started + 150_000);
    await crowd(60);
    expect(desk.nextDue(Date.now())).toBe(started + 150_000);
  });

  it('wait for their turn', async () => {
    await crowd(0, { others: 30 });
    await ring(0);
    for (const second of [2.9, 3]) {
      await crowd(second);
      await ring(second);
    }
    expect(sent).toEqual([3]);
  });

  it('look and gather at times of their own, since all have begun together', async () => {
    spread.mockReturnValue(1);
    desk = newDesk();
    state.unfinished = true;
    await crowd(0);
    await ring(0);
    expect(desk.nextDue(Date.now())).toBe(started + 105_000);
    state.unfinished = false;
    await crowd(0, { others: 600 });
    await ring(0);
    expect(desk.nextDue(Date.now())).toBe(started + 21_000);
  });

  it('ring to the millisecond, so that near turns do not come together', async () => {
    await crowd(0, { others: 3 });
    await ring(0);
    expect(desk.nextDue(Date.now())).toBe(started + 300);
  });

  it('go as soon as a look finds the crowd gone', async () => {
    await crowd(0, { others: 600 });
    await ring(0);
    expect(desk.nextDue(Date.now())).toBe(started + 30_000);
    await ring(30);
    expect(sent).toEqual([30]);
  });

  it('keep their turn where a look finds the crowd still there', async () => {
    await crowd(0, { others: 400 });
    await ring(0);
    await crowd(30, { others: 5 });
    await ring(30);
    expect(desk.nextDue(Date.now())).toBe(started + 40_000);
    await crowd(40);
    await ring(40);
    expect(sent).toEqual([40]);
  });

  it('keep their turn where the object was evicted meanwhile', async () => {
    await crowd(0, { others: 250 });
    await ring(0);
    desk = newDesk();
    await crowd(25, { others: 5 });
    await ring(25);
    expect(sent).toEqual([25]);
  });

  it('take a new turn after gathering longer because it became crowded', async () => {
    state.unfinished = true;
    await ring(0);
    await crowd(10, { perSecond: 50 });
    state.unfinished = false;
    await newDesk('other').request(async () => {});
    state.unfinished = true;
    await ring(10);
    await crowd(11);
    await ring(11);
    await crowd(150);
    state.unfinished = false;
    await newDesk('another').request(async () => {});
    state.unfinished = true;
    await ring(150);
    expect(sent).toEqual([]);
    await ring(150.1);
    expect(sent).toEqual([150.1]);
  });

  it('leave their turn to others once they are confirmed', async () => {
    await ring(0);
    await crowd(60, { others: 1 });
    await ring(60);
    desk.confirm({ id: 1, row: 0, record: 0 });
    await crowd(62, { others: 1 });
    await ring(62);
    expect(sent).toEqual([0]);
    await crowd(62.1);
    await ring(62.1);
    expect(sent).toEqual([0, 62.1]);
  });

  it('are asked for again within ten minutes though the clock was set back by an hour', async () => {
    await ring(0);
    await ring(-3_600);
    expect(desk.nextDue(Date.now())).toBeLessThanOrEqual(Date.now() + 600_000);
    await ring(-3_000);
    expect(sent).toEqual([0, -3_000]);
  });
});
