import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Stores } from '../../durable-objects/stores/stores.ts';
import type { RecordGroups } from '../../durable-objects/sync/record-groups.ts';
import { SyncDesk } from '../../durable-objects/sync/sync-desk.ts';

/** What the desk asks of storage: whether changes wait, and when the next message is to be worked on. */
const state = { changes: true, unfinished: false };
const stores = {
  outbox: { first: () => null, isEmpty: () => !state.changes, removeThrough: () => {} },
  records: { isEmpty: () => true, removeThrough: () => {} },
  tasks: { nextDue: () => (state.unfinished ? 0 : null) },
} as unknown as Stores;

let desk: SyncDesk;
let sent: number[];
const started = Date.UTC(2026, 0, 1);
beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(started);
  Object.assign(state, { changes: true, unfinished: false });
  desk = new SyncDesk(stores, {} as RecordGroups);
  sent = [];
});
afterEach(() => vi.useRealTimers());

/** Rings so many seconds after the start. */
const ring = async (seconds: number, send = async () => {}) => {
  vi.setSystemTime(started + seconds * 1_000);
  await desk.request(async () => {
    sent.push(seconds);
    await send();
  });
};

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

  it('gather anew after they were asked for', async () => {
    state.unfinished = true;
    for (const second of [0, 10]) await ring(second);
    desk.confirm({ id: 1, row: 0, record: 0 });
    for (const second of [12, 14, 21.9]) await ring(second);
    expect(sent).toEqual([10]);
    await ring(22);
    expect(sent).toEqual([10, 22]);
  });

  it('are not asked for again while the consumer that was asked may still come, and then they are', async () => {
    await ring(0);
    for (const second of [2, 5, 9.9]) await ring(second);
    expect(sent).toEqual([0]);
    await ring(60);
    expect(sent).toEqual([0, 60]);
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
