import { arrivalStore, sealingSql } from './arrival-store.ts';
import { auditStore } from './audit-store.ts';
import { consentStore } from './consent-store.ts';
import { decisionStore } from './decision-store.ts';
import { digStore } from './dig-store.ts';
import { eventStore } from './event-store.ts';
import { gapStore } from './gap-store.ts';
import { idempotencyStore } from './idempotency-store.ts';
import { lifeStore } from './life-store.ts';
import { memoryStore } from './memory-store.ts';
import { messageStore } from './message-store.ts';
import { metaStore } from './meta-store.ts';
import { meteredSql } from './metered-sql.ts';
import { mirrorStore } from './mirror-store.ts';
import { otherCopyStore } from './other-copy-store.ts';
import { outboxStore } from './outbox-store.ts';
import { palaceStore } from './palace-store.ts';
import { predictionStore } from './prediction-store.ts';
import { reconstructionStore } from './reconstruction-store.ts';
import { recordStore } from './record-store.ts';
import { relayoutStore } from './relayout-store.ts';
import { roomNameStore } from './room-name-store.ts';
import { taskStore } from './task-store.ts';
import { trailStore } from './trail-store.ts';

/** All table groups of one object. */
export function openStores(storage: DurableObjectStorage) {
  const metered = meteredSql(storage.sql);
  const arrivals = arrivalStore(metered);
  const sql = sealingSql(metered, arrivals);
  const messages = messageStore(sql, arrivals);
  const consents = consentStore(sql);
  return {
    arrivals,
    messages,
    memories: memoryStore(sql),
    lives: lifeStore(sql),
    palaces: palaceStore(sql),
    roomNames: roomNameStore(sql),
    relayouts: relayoutStore(sql),
    tasks: taskStore(sql, metered),
    trails: trailStore(sql),
    outbox: outboxStore(sql, metered),
    events: eventStore(sql),
    idempotency: idempotencyStore(sql),
    meta: metaStore(sql),
    consents,
    audit: auditStore(sql),
    mirror: mirrorStore(sql),
    decisions: decisionStore(sql),
    predictions: predictionStore(sql),
    gaps: gapStore(sql),
    reconstructions: reconstructionStore(sql),
    copies: otherCopyStore(sql),
    records: recordStore(sql),
    digs: digStore(sql),
    /** All or nothing; what a store keeps in memory is counted anew if it rolls back. */
    transaction<T>(work: () => T): T {
      try {
        return storage.transactionSync(work);
      } catch (error) {
        messages.recount();
        arrivals.reread();
        consents.reread();
        throw error;
      }
    },
  };
}

export type Stores = ReturnType<typeof openStores>;
