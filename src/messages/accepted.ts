import { taskId } from '../shared/ids.ts';
import type { Accepted } from './contract.ts';
import type { Ingested } from './ingest.ts';

/** Rough, for `eta_seconds`: what one message takes. */
const ETA_SECONDS_PER_MESSAGE = 0.01;

/** What a client hears of messages that were just stored. @param sent how many it sent */
export function toAccepted({ taskId: id, messageIds, accepted }: Ingested, userId: string, sent: number): Accepted {
  const task_id = taskId(id, userId);
  return {
    status: accepted === 0 ? 'completed' : 'processing',
    task_id,
    eta_seconds: Math.ceil(accepted * ETA_SECONDS_PER_MESSAGE),
    status_endpoint: `/api/v1/tasks/${task_id}`,
    accepted,
    duplicates: sent - accepted,
    message_ids: messageIds,
  };
}
