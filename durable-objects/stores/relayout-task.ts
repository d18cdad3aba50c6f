import type { Task } from '../../src/messages/contract.ts';
import { taskId } from '../../src/shared/ids.ts';
import { iso } from '../../src/shared/instant.ts';
import type { Relayout } from './relayout-store.ts';

/** A new layout as the task that it is; `result` names where more is said of it. */
export function relayoutTask(one: Relayout, userId: string, palaceId: string): Task {
  const isOpen = one.finishedAt === null;
  const palace = `/api/v1/users/${encodeURIComponent(userId)}/palaces/${palaceId}`;
  return {
    task_id: taskId(one.id, userId),
    status: one.state,
    total: one.total,
    done: Math.round(one.progress * one.total),
    attempts: one.attempts,
    error: one.error,
    created_at: iso(one.createdAt),
    started_at: iso(one.startedAt),
    finished_at: iso(one.finishedAt),
    next_attempt_at: isOpen && one.error !== null ? iso(one.dueAt) : null,
    result: one.state === 'completed' ? `${palace}/relayout` : null,
  };
}
