import { personHash } from '../auth/service-secret.ts';
import type { Env } from '../env.ts';
import { withSync } from '../http/user-memory.ts';
import { openDb } from '../persistence/db.ts';
import type { Life } from '../persistence/life.ts';
import { deleteMessages, upsertMessages } from '../persistence/messages.ts';
import { saveRecords } from '../persistence/records.ts';
import { backoffMs } from './backoff.ts';
import { SyncMessage } from './messages.ts';
import { syncUser } from './sync.ts';

/**
 * Saves the changes of the persons named in a batch. Each message is settled by itself, so that one person's trouble
 * never sends the whole batch round again. What is given up here is not lost: the object asks again.
 */
export async function consume(batch: MessageBatch, env: Env): Promise<void> {
  const asked = new Map<string, Promise<void>>();
  await Promise.all(
    batch.messages.map(async (message) => {
      const parsed = SyncMessage.safeParse(message.body);
      if (!parsed.success) {
        console.error('queue message dropped: not a SyncMessage', { id: message.id });
        message.ack(); // no retry can mend it
        return;
      }
      const key = JSON.stringify([parsed.data.tenantId, parsed.data.userId]);
      const work = asked.get(key) ?? sync(parsed.data, env);
      asked.set(key, work);
      try {
        await work;
        message.ack();
      } catch (error) {
        console.error('sync failed', { id: message.id, attempts: message.attempts, error: String(error) });
        message.retry({ delaySeconds: Math.ceil(backoffMs(message.attempts, Math.random()) / 1_000) });
      }
    }),
  );
}

async function sync(owner: SyncMessage, env: Env): Promise<void> {
  const db = openDb(env);
  const hash = await personHash(env.SERVICE_SECRET || 'none', owner);
  const lifeOf = (bornAt: number): Life => ({
    tenantId: owner.tenantId,
    userId: owner.userId,
    personHash: hash,
    bornAt,
  });
  await withSync(env, owner, (object) =>
    syncUser({
      changes: () => object.changes(),
      writer: (bornAt) => ({
        upsert: (rows) => upsertMessages(db, lifeOf(bornAt), rows),
        remove: (ids) => deleteMessages(db, lifeOf(bornAt), ids),
        saveRecords: (records) => saveRecords(db, lifeOf(bornAt), records),
      }),
      confirm: (through) => object.confirm(through),
      release: () => object.release(),
      setAside: (rows) => object.setAside(rows),
      outlive: (erasedAt) => object.outlive(erasedAt),
    }),
  );
}
