import { type Owner, Scope } from '../../src/auth/contract.ts';
import type { Reconciliation } from '../../src/person/erasure/contract.ts';
import { rebuilt, record } from './archaeology.ts';
import { type Client, newClient } from './client.ts';
import { useTestEmbedder } from './embedder.ts';
import { holdQueue, settled, sync } from './person.ts';
import { HISTORY } from './seed.ts';
import { populate } from './victim.ts';

/** A client who may do everything; what is to be saved waits until the test calls `sync`. */
export async function openApp(): Promise<Client> {
  useTestEmbedder();
  holdQueue();
  return newClient({ scopes: Scope.options });
}

/** Somebody nobody knows yet. */
export const stranger = (app: Client): Owner => ({ tenantId: app.tenantId, userId: crypto.randomUUID() });

/** Messages of a `wholePerson`. */
export const MESSAGES = HISTORY.length + record().length;

/** Makes a person who has one of everything, all of it in Postgres. @returns ids of theirs, as `populate` */
export async function wholePerson(app: Client, owner: Owner): Promise<Record<string, string>> {
  const user = `/users/${owner.userId}`;
  const ids = await populate(app, owner.userId);
  await app.post('/messages?wait=true', { user_id: owner.userId, messages: record() });
  await rebuilt(app, owner.userId);
  await app.post(`${user}/palaces`, { name: 'Summer house', layout: 'garden' });
  await app.post(`${user}/mirror/predict-response`, { context: 'Did the heron come back?', candidates: ['yes', 'no'] });
  await settled(app, owner.userId);
  await sync(owner);
  return ids;
}

/** What a reconciliation of a person answers. */
export const reconciled = async (app: Client, userId: string): Promise<Reconciliation> =>
  (await app.post<Reconciliation>(`/users/${userId}/reconcile`)).body;
