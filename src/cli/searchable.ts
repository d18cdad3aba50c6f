import { setTimeout as sleep } from 'node:timers/promises';
import type { PalimpsestClient } from '../sdk/client.ts';
import { type RetryPolicy, withRetries } from '../sdk/retry.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;

export interface WaitOptions {
  retries: RetryPolicy;
  /** milliseconds without any progress after which it stops waiting */
  stalledMs: number;
  /** messages that became searchable in the tasks waited for */
  onProgress(done: number): void;
}

export interface WaitResult {
  failed: { taskId: string; reason: string }[];
  /** tasks that were not finished when it stopped waiting */
  open: number;
}

/** Waits for tasks, oldest first, as the service works on them. */
export async function waitUntilSearchable(
  client: PalimpsestClient,
  taskIds: string[],
  options: WaitOptions,
): Promise<WaitResult> {
  const result: WaitResult = { failed: [], open: 0 };
  let finished = 0;
  for (const [index, taskId] of taskIds.entries()) {
    let seen = -1;
    let movedAt = Date.now();
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 1.5)) {
      const task = await withRetries(() => client.task(taskId), options.retries);
      options.onProgress(finished + task.done);
      if (task.status === 'completed' || task.status === 'failed' || task.status === 'cancelled') {
        finished += task.done;
        if (task.status !== 'completed') result.failed.push({ taskId, reason: task.error ?? task.status });
        break;
      }
      if (task.done !== seen) movedAt = Date.now();
      seen = task.done;
      if (Date.now() - movedAt > options.stalledMs) return { ...result, open: taskIds.length - index };
      await sleep(wait);
    }
  }
  return result;
}
