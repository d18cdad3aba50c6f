import {
  createExecutionContext,
  createMessageBatch,
  evictDurableObject,
  getQueueResult,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import type { Owner } from '../../src/auth/contract.ts';
import { pageMessages, type StoredMessage } from '../../src/persistence/messages.ts';
import { pageRecords } from '../../src/persistence/records.ts';
import { openSealedDb } from '../../src/persistence/sealed-db.ts';
import type { UserStatus } from '../../src/person/contract.ts';
import { consume } from '../../src/tasks/consumer.ts';
import type { SyncMessage } from '../../src/tasks/messages.ts';
import type { Client } from './client.ts';

/** The object of a person, for tests that look behind the API. */
export function objectOf(owner: Owner) {
  return env.USER_MEMORY.getByName(`${owner.tenantId}\u0000${owner.userId}`);
}

export const evict = (owner: Owner, webSockets?: 'hibernate' | 'close') =>
  evictDurableObject(objectOf(owner), webSockets ? { webSockets } : {});

/** Takes everything from an object, as if it had never been here. Postgres keeps what it has. */
export async function wipe(owner: Owner): Promise<void> {
  await runInDurableObject(objectOf(owner), async (_object, state) => {
    await state.storage.deleteAlarm();
    await state.storage.deleteAll();
  });
  await evict(owner);
}

/** Names of the tables an object has made. */
export const tablesOf = (owner: Owner): Promise<string[]> =>
  runInDurableObject(objectOf(owner), (_object, state) =>
    state.storage.sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'")
      .toArray()
      .map(({ name }) => name),
  );

export const count = (owner: Owner, table: string): Promise<number> =>
  runInDurableObject(objectOf(owner), (_object, state) =>
    Number(state.storage.sql.exec(`SELECT COUNT(*) AS n FROM ${table}`).one().n),
  );

export const ring = (owner: Owner) => runDurableObjectAlarm(objectOf(owner));

export const statusOf = async (client: Client, userId: string) =>
  (await client.get<UserStatus>(`/users/${encodeURIComponent(userId)}`)).body;

/** Waits until every message of a person has been taken in. */
export async function settled(client: Client, userId: string): Promise<void> {
  await vi.waitFor(async () => expect((await statusOf(client, userId)).pending).toBe(0), { timeout: 10_000 });
}

/** Puts the queue aside, for objects that start after this call: only `sync` then brings changes to Postgres. */
export function holdQueue(): SyncMessage[] {
  const sent: SyncMessage[] = [];
  env.SYNC = { send: async (message: SyncMessage) => void sent.push(message) } as unknown as Queue<SyncMessage>;
  return sent;
}

/** Runs the queue's consumer on messages; answers the ids acknowledged and the ids to be retried. */
export async function consumed(...bodies: unknown[]): Promise<{ acked: string[]; retried: string[] }> {
  const messages = bodies.map((body, i) => ({ id: String(i), timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch('palimpsest-sync', messages);
  await consume(batch, env);
  const result = await getQueueResult(batch, createExecutionContext());
  return { acked: result.explicitAcks, retried: result.retryMessages.map(({ msgId }) => msgId) };
}

/** Brings the changes of a person to Postgres. */
export async function sync({ tenantId, userId }: Owner): Promise<void> {
  expect(await consumed({ kind: 'sync', tenantId, userId })).toEqual({ acked: ['0'], retried: [] });
}

/** Messages that Postgres has, opened. @throws Error if one cannot be */
export async function inPostgres(owner: Owner): Promise<StoredMessage[]> {
  const rows = await pageMessages(openSealedDb(env), owner, null, 10_000);
  return rows.map((row) => {
    if ('unreadable' in row) throw new Error(`message ${row.id}: ${row.unreadable}`);
    return row;
  });
}

/** Bodies of the records of a kind that Postgres has, opened. @throws Error if one cannot be */
export async function recordsInPostgres(owner: Owner, kind: string): Promise<Record<string, unknown>[]> {
  const rows = await pageRecords(openSealedDb(env), owner, kind, null, 10_000);
  return rows.map((row) => {
    if ('unreadable' in row) throw new Error(`record ${row.id}: ${row.unreadable}`);
    return row.body;
  });
}
