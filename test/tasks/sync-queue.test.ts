import { expect, it, vi } from 'vitest';
import type { SyncMessage } from '../../src/tasks/messages.ts';
import { syncQueueOf } from '../../src/tasks/sync-queue.ts';

const queue = () => ({}) as Queue<SyncMessage>;
const bound = { SYNC: queue(), SYNC_2: queue(), SYNC_3: queue() };
const people = Array.from({ length: 3_000 }, (_, i) => ({ tenantId: 'tenant', userId: `user-${i}` }));

it('takes the one queue where none are named', () => {
  for (const SYNC_QUEUES of ['', ' , ']) expect(syncQueueOf({ ...bound, SYNC_QUEUES }, people[0]!)).toBe(bound.SYNC);
});

it('spreads people evenly over the queues that are named', () => {
  const env = { ...bound, SYNC_QUEUES: 'SYNC, SYNC_2,SYNC_3' };
  const counts = new Map<Queue<SyncMessage>, number>();
  for (const person of people) {
    const chosen = syncQueueOf(env, person);
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
  }
  for (const one of Object.values(bound)) expect(Math.abs(counts.get(one)! - 1_000)).toBeLessThan(100);
});

it('gives a person the same queue each time, and tells tenants apart', () => {
  const env = { ...bound, SYNC_QUEUES: 'SYNC,SYNC_2,SYNC_3' };
  const of = (tenantId: string) => people.map(({ userId }) => syncQueueOf(env, { tenantId, userId }));
  expect(of('tenant')).toEqual(of('tenant'));
  const [one, other] = [of('tenant'), of('other')];
  expect(one.filter((chosen, i) => chosen === other[i]).length).toBeLessThan(people.length / 2);
});

it('takes SYNC, and says so, where a queue is not bound', () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  expect(syncQueueOf({ ...bound, SYNC_QUEUES: 'SYNC_9' }, people[0]!)).toBe(bound.SYNC);
  expect(said).toHaveBeenCalledOnce();
  said.mockRestore();
});
