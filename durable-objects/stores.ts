import { eventStore } from './event-store.ts';
import { idempotencyStore } from './idempotency-store.ts';
import { lifeStore } from './life-store.ts';
import { memoryStore } from './memory-store.ts';
import { messageStore } from './message-store.ts';
import { metaStore } from './meta-store.ts';
import { outboxStore } from './outbox-store.ts';
import { palaceStore } from './palace-store.ts';
import { taskStore } from './task-store.ts';
import { trailStore } from './trail-store.ts';

/** All table groups of one object. */
export function openStores(storage: DurableObjectStorage) {
  const { sql } = storage;
  const messages = messageStore(sql);
  return {
    messages,
    memories: memoryStore(sql),
    lives: lifeStore(sql),
    palaces: palaceStore(sql),
    tasks: taskStore(sql),
    trails: trailStore(sql),
    outbox: outboxStore(sql),
    events: eventStore(sql),
    idempotency: idempotencyStore(sql),
    meta: metaStore(sql),
    /** All or nothing; what a store keeps in memory is counted anew if it rolls back. */
    transaction<T>(work: () => T): T {
      try {
        return storage.transactionSync(work);
      } catch (error) {
        messages.recount();
        throw error;
      }
    },
  };
}

export type Stores = ReturnType<typeof openStores>;
