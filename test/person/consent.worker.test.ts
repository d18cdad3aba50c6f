import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { AuditPage } from '../../src/person/audit/contract.ts';
import type { Consent } from '../../src/person/consent/contract.ts';
import { INFERENCES } from '../../src/shared/inferences.ts';
import { type Client, newClient, type Problem } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { evict, holdQueue, tablesOf } from '../helpers/person.ts';

let app: Client;
let userId: string;
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient({ scopes: ['ingest', 'read', 'profile'] });
});
beforeEach(() => {
  userId = crypto.randomUUID();
});

const at = (path: string) => `/users/${userId}${path}`;
const put = (change: object, headers?: Record<string, string>) =>
  app.send<Consent>('PUT', at('/consent'), change, headers);
const granted = (consent: Consent) => INFERENCES.filter((name) => consent[name].granted);

it('allows nothing until the person says so', async () => {
  await app.post('/message', { user_id: userId, content: 'Hello there.' });
  const { body } = await app.get<Consent>(at('/consent'));
  expect(Object.keys(body)).toEqual([...INFERENCES]);
  expect(Object.values(body).every((said) => !said.granted && said.changed_at === null)).toBe(true);
});

it('changes what is named and leaves the rest', async () => {
  await put({ style: true, emotion: true });
  const { status, body } = await put({ emotion: false, prediction: true });
  expect([status, granted(body)]).toEqual([200, ['style', 'prediction']]);
  expect(body.emotion.changed_at).not.toBeNull();
  expect(body.personality.changed_at).toBeNull();
  await evict({ tenantId: app.tenantId, userId });
  expect((await app.get<Consent>(at('/consent'))).body).toEqual(body);
});

it('keeps the time of a consent that is said again', async () => {
  const { body: first } = await put({ style: true });
  expect((await put({ style: true })).body).toEqual(first);
  expect((await app.get<AuditPage>(at('/audit'))).body.items).toHaveLength(1);
});

it('may be the first that is known of a person', async () => {
  expect((await put({ style: true })).status).toBe(200);
  expect((await app.get<Consent>(at('/consent'))).status).toBe(200);
});

it('is not found of a person who is not there, and nothing is made for the question', async () => {
  for (const path of ['/consent', '/audit']) expect((await app.get(at(path))).status).toBe(404);
  expect(await tablesOf({ tenantId: app.tenantId, userId })).toEqual([]);
});

it('points at every fault of a change', async () => {
  const reply = await app.send<Problem>('PUT', at('/consent'), { mood: true, style: 'yes', emotion: null });
  expect([reply.status, reply.body.errors!.map(({ pointer }) => pointer).toSorted()]).toEqual([
    400,
    ['/emotion', '/mood', '/style'],
  ]);
  expect((await app.get(at('/consent'))).status).toBe(404);
});

it('asks for the scope "profile"', async () => {
  const reader = await newClient({ tenantId: app.tenantId, scopes: ['ingest', 'read', 'admin'] });
  for (const [method, path] of [
    ['GET', '/consent'],
    ['PUT', '/consent'],
    ['GET', '/audit'],
  ] as const) {
    const reply = await reader.send<{ code: string }>(method, at(path), method === 'PUT' ? {} : undefined);
    expect([reply.status, reply.body.code]).toEqual([403, 'forbidden']);
  }
});

it('writes every change down: who, when, what, in which request; the newest first, in pages', async () => {
  await put({ style: true, emotion: true }, { 'x-request-id': 'one' });
  await put({ style: false, prediction: true }, { 'x-request-id': 'two' });
  const { body } = await app.get<AuditPage>(at('/audit'));
  expect(body.items.map(({ action, inferences, request_id }) => [action, inferences, request_id])).toEqual([
    ['consent.withdrawn', ['style'], 'two'],
    ['consent.granted', ['prediction'], 'two'],
    ['consent.granted', ['emotion', 'style'], 'one'],
  ]);
  expect(new Set(body.items.map(({ key_id }) => key_id))).toEqual(new Set([app.id]));
  const first = (await app.get<AuditPage>(at('/audit?limit=2'))).body;
  const second = (await app.get<AuditPage>(at(`/audit?limit=2&cursor=${first.next}`))).body;
  expect([...first.items, ...second.items]).toEqual(body.items);
  expect(second.next).toBeNull();
  expect((await app.get(at('/audit?cursor=x.y'))).status).toBe(400);
});
