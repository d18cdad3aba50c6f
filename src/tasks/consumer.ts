import { personHash } from '../auth/service-secret.ts';
import type { Env } from '../env.ts';
import { withSync } from '../http/user-memory.ts';
import { flushMetrics } from '../metrics/flush.ts';
import { count, observe, secondsSince } from '../metrics/recorder.ts';
import { setTracingBy, span } from '../metrics/trace.ts';
import type { Life } from '../persistence/life.ts';
import { deleteMessages, upsertMessages } from '../persistence/messages.ts';
import { saveRecords } from '../persistence/records.ts';
import { openSealedDb } from '../persistence/sealed-db.ts';
import { log } from '../shared/log.ts';
import { inOrigin, type Origin } from '../shared/request-scope.ts';
import { backoffMs } from './backoff.ts';
import { pacer } from './isolate-pacer.ts';
import { SyncMessage } from './messages.ts';
import { syncUser } from './sync.ts';

/** One person's saving holds up the next one's for no longer than this. */
const STALLED_MS = 2_000;

/**
 * Saves the changes of the persons named in a batch. Each message is settled by itself, so that one person's trouble
 * never sends the whole batch round again. What is given up here is not lost: the object asks again.
 */
export async function consume(batch: MessageBatch, env: Env, ctx?: Pick<ExecutionContext, 'waitUntil'>): Promise<void> {
  setTracingBy(env);
  count('queue_batches_total');
  const asked = new Map<string, Promise<void>>();
  const turn = inTurns();
  await Promise.all(
    batch.messages.map(async (message) => {
      const parsed = SyncMessage.safeParse(message.body);
      if (!parsed.success) {
        count('queue_messages_total', { outcome: 'poison' });
        log.error('queue message dropped: not a SyncMessage', { id: message.id });
        message.ack(); // no retry can mend it
        return;
      }
      observe('queue_lag_seconds', Math.max(0, Date.now() - Number(message.timestamp)) / 1_000);
      const key = JSON.stringify([parsed.data.tenantId, parsed.data.userId]);
      const work = asked.get(key) ?? turn(() => inOrigin(originOf(parsed.data), () => timedSync(parsed.data, env)));
      asked.set(key, work);
      try {
        await work;
        message.ack();
        count('queue_messages_total', { outcome: 'acknowledged' });
      } catch (error) {
        count('queue_messages_total', { outcome: 'retried' });
        log.error('sync failed', { id: message.id, attempts: message.attempts, error });
        message.retry({ delaySeconds: Math.ceil(backoffMs(message.attempts, Math.random()) / 1_000) });
      }
    }),
  );
  if (ctx) flushMetrics(env, (work) => ctx.waitUntil(work));
}

/**
 * Ten persons saved together would hold the thread for a tenth of a second. Where objects of this isolate need it for what
 * arrives, as on one machine they do, they are saved one after another.
 */
function inTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let free: Promise<void> = Promise.resolve();
  return (work) => {
    if (!pacer.isSpacing(Date.now())) return work();
    const done = free.then(work);
    free = free.then(() => endedOrStalled(done));
    return done;
  };
}

/** Resolves once work has ended, well or not, or takes so long that it must be waiting for Postgres, not for the thread. */
const endedOrStalled = (work: Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, STALLED_MS);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    work.then(end, end);
  });

const originOf = ({ requestId, traceparent }: SyncMessage): Origin => ({
  requestId: requestId ?? null,
  traceparent: traceparent ?? null,
});

async function timedSync(owner: SyncMessage, env: Env): Promise<void> {
  const start = performance.now();
  let outcome: 'ok' | 'error' = 'error';
  try {
    await span('queue sync', 'consumer', {}, () => sync(owner, env));
    outcome = 'ok';
    log.debug('changes saved', { ms: Math.round(1_000 * secondsSince(start)) });
  } finally {
    observe('sync_duration_seconds', secondsSince(start), { outcome });
  }
}

async function sync(owner: SyncMessage, env: Env): Promise<void> {
  const store = openSealedDb(env);
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
        upsert: (rows) => counted(rows, () => upsertMessages(store, lifeOf(bornAt), rows)),
        remove: (ids) => deleteMessages(store.db, lifeOf(bornAt), ids),
        saveRecords: (records) => counted(records, () => saveRecords(store, lifeOf(bornAt), records)),
      }),
      confirm: (through) => object.confirm(through),
      release: () => object.release(),
      setAside: (rows) => object.setAside(rows),
      outlive: (erasedAt) => object.outlive(erasedAt),
    }),
  );
}

async function counted<T>(rows: readonly unknown[], write: () => Promise<T>): Promise<T> {
  const answer = await span('postgres write', 'client', { 'db.system.name': 'postgresql', rows: rows.length }, write);
  count('postgres_rows_total', {}, rows.length);
  return answer;
}
