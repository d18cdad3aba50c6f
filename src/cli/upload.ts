import type { ImportedMessage } from '../importers/importer.ts';
import type { PalimpsestClient } from '../sdk/client.ts';
import { ProblemError } from '../sdk/errors.ts';
import { type RetryPolicy, withRetries } from '../sdk/retry.ts';
import type { Batch } from './batches.ts';

/** Batches under way at once: one is stored while the next one travels. */
const IN_FLIGHT = 2;

export interface BatchResult {
  /** messages of the batch, refused ones included */
  size: number;
  accepted: number;
  duplicates: number;
  refused: { at: string; reason: string }[];
  /** undefined if there is nothing to wait for */
  taskId: string | undefined;
  /** the service's id of the last message, if any was stored */
  lastId: string | undefined;
}

/**
 * Sends batches, a few at once, and reports each result in the order of the file.
 *
 * @throws the first failure; batches before it are reported, none begins after it
 */
export async function upload(
  source: AsyncIterable<Batch>,
  send: (batch: Batch) => Promise<BatchResult>,
  onResult: (result: BatchResult) => void,
): Promise<void> {
  const underWay: Promise<PromiseSettledResult<BatchResult>>[] = [];
  const finishOldest = async () => {
    const settled = await underWay.shift();
    if (settled?.status === 'rejected') throw settled.reason;
    if (settled) onResult(settled.value);
  };
  try {
    for await (const batch of source) {
      underWay.push(Promise.allSettled([send(batch)]).then(([settled]) => settled!));
      if (underWay.length >= IN_FLIGHT) await finishOldest();
    }
    while (underWay.length > 0) await finishOldest();
  } finally {
    // what was sent may yet be stored; the process must not end in the middle of it
    await Promise.all(underWay);
  }
}

/**
 * Stores one batch. A message that the service refuses is taken out and named, and the rest is sent again: the service
 * takes all or none.
 */
export async function sendBatch(
  client: PalimpsestClient,
  userId: string,
  batch: Batch,
  policy: RetryPolicy,
): Promise<BatchResult> {
  const result: BatchResult = {
    size: batch.messages.length,
    accepted: 0,
    duplicates: 0,
    refused: [],
    taskId: undefined,
    lastId: undefined,
  };
  let messages = batch.messages;
  while (messages.length > 0) {
    try {
      const sent = messages.map((item) => item.message);
      const answer = await withRetries(() => client.sendMessages(userId, sent), policy);
      const { accepted, duplicates, message_ids: ids, status, task_id: taskId } = answer;
      return {
        ...result,
        accepted,
        duplicates,
        lastId: ids.at(-1),
        taskId: status === 'completed' ? undefined : taskId,
      };
    } catch (error) {
      const refused = refusedMessages(error, messages);
      if (refused.size === 0) throw error;
      for (const [index, reason] of refused) result.refused.push({ at: messages[index]!.at, reason });
      messages = messages.filter((_, index) => !refused.has(index));
    }
  }
  return result;
}

/** Positions of the messages that a refusal points to, with the reason. */
function refusedMessages(error: unknown, messages: ImportedMessage[]): Map<number, string> {
  const refused = new Map<number, string>();
  if (!(error instanceof ProblemError) || error.status !== 400) return refused;
  for (const fault of error.faults) {
    const match = /^\/messages\/(\d+)(?:\/|$)/.exec(fault.pointer);
    const index = match ? Number(match[1]) : messages.length;
    if (fault.in === 'body' && index < messages.length) refused.set(index, `refused by the service: ${fault.detail}`);
  }
  return refused;
}
