import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { inKvTime } from '../../src/cache/kv-time.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('gives what KV answers and what it throws, and leaves no timer behind', async () => {
  expect(await inKvTime(Promise.resolve('held'))).toBe('held');
  await expect(inKvTime(Promise.reject(new Error('503')))).rejects.toThrow('503');
  expect(vi.getTimerCount()).toBe(0);
});

it('waits no longer than two seconds for an answer that never comes', async () => {
  const asked = expect(inKvTime(new Promise(() => {}))).rejects.toThrow('does not answer');
  await vi.advanceTimersByTimeAsync(2_000);
  await asked;
});
