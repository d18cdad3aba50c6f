import type { Env } from '../../env.ts';
import { openOrigin } from '../../gpu/open-origin.ts';
import { arenaIdOf } from '../../gpu/signature.ts';
import { withRelayouts } from '../../http/user-memory.ts';
import { log } from '../../shared/log.ts';
import { consume } from '../consumer.ts';
import { BulkMessage } from '../messages.ts';
import { runRelayout } from '../relayout.ts';

/** As named in wrangler.toml. */
const BULK_QUEUE = 'palimpsest-bulk';

/** The consumer of every queue. */
export const consumeAny = (batch: MessageBatch, env: Env, ctx?: Pick<ExecutionContext, 'waitUntil'>): Promise<void> =>
  batch.queue === BULK_QUEUE ? consumeBulk(batch, env) : consume(batch, env, ctx);

/**
 * Lays out the palaces named in a batch. A message is never sent round again: the object knows what is not done, and asks
 * again when it is time.
 */
async function consumeBulk(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    const parsed = BulkMessage.safeParse(message.body);
    if (parsed.success) await relayout(parsed.data, env);
    else log.error('queue message dropped: not a BulkMessage', { id: message.id });
    message.ack();
  }
}

async function relayout({ tenantId, userId, task }: BulkMessage, env: Env): Promise<void> {
  const owner = { tenantId, userId };
  const origin = openOrigin(env);
  const secret = env.GPU_ORIGIN_SECRET || 'none';
  const arenaId = arenaIdOf(secret, ['relayout', tenantId, userId, task]);
  await withRelayouts(env, owner, async (object) => {
    try {
      const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
      await runRelayout({ object, origin, arenaId, wait, now: Date.now }, task);
    } catch (error) {
      log.error('a layout failed', { id: task, error });
      await object.failed(task, origin === null ? 'The layout failed.' : 'The GPU origin did not answer as it should.');
    }
  });
}
