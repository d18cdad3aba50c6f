import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { TenantLedger } from '../../durable-objects/tenant-ledger.ts';
import type { ContextAnswer } from '../../src/context/contract.ts';
import type { Env } from '../../src/env.ts';
import { dayOf } from '../../src/llm/budget.ts';
import type { ChatAnswer, ResponsePrediction } from '../../src/mirror/replies/contract.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { type FakeTextModel, useFakeTextModel } from '../helpers/fake-text-model.ts';
import { dialogue } from '../helpers/mirror.ts';
import { holdQueue, settled } from '../helpers/person.ts';

const TENANT = `tenant-${crypto.randomUUID()}`;
let model: FakeTextModel;
let app: Client;
let question = 0;
const ask = (changes: object = {}, user = 'ana') =>
  app.post<ChatAnswer>(`/users/${user}/mirror/chat`, { message: `Do you want to swim today? ${question}`, ...changes });
const ledger = () => (env as Env).TENANT_LEDGER.getByName(TENANT) as unknown as TenantLedger;

async function person(user: string): Promise<void> {
  await app.post('/messages', { user_id: user, messages: dialogue(12) });
  await settled(app, user);
  await app.send('PUT', `/users/${user}/consent`, { style: true, prediction: true });
}

beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  model = useFakeTextModel();
  app = await newClient({ tenantId: TENANT });
  await person('ana');
});
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  Object.assign(model, { answer: '{"reply":"yes, sounds good"}', away: false, prompts: [] });
  question++;
  return () => vi.restoreAllMocks();
});

it('drafts a reply beside the person’s own words, labelled, and says what it was made from', async () => {
  const { status, body } = await ask();
  expect([status, body.path, body.path_reason, body.generated]).toEqual([200, 'text_model', null, false]);
  expect(body.draft).toMatchObject({ label: 'mirror', generated: true, text: 'yes, sounds good' });
  const { inputs, ...provenance } = body.draft!.provenance;
  expect(provenance).toEqual({
    model: 'workers-ai/@cf/test',
    template: 'mirror-chat',
    template_version: expect.stringMatching(/^[0-9a-f]{16}$/),
    source: 'model',
  });
  expect(inputs.length).toBeGreaterThanOrEqual(3);
  expect((await app.get(`/users/ana/messages/${inputs[0]}`)).status).toBe(200);
});

it('asks the model once for the same question, and keeps the answer', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
  expect(model.prompts).toHaveLength(1);
  expect(new Set(answers.map(({ body }) => body.draft?.text))).toEqual(new Set(['yes, sounds good']));
  expect((await ask()).body.draft!.provenance.source).toBe('l1');
});

it('shows nothing of one person to another', async () => {
  await person('bob');
  await ask();
  expect((await ask({}, 'bob')).body.draft!.provenance.source).toBe('model');
});

it('asks again once a message is deleted, or a consent withdrawn', async () => {
  await ask();
  await app.post('/message?wait=true', { user_id: 'ana', content: 'Never mind.' });
  const { items } = (await app.get<{ items: { id: string }[] }>('/users/ana/messages?order=desc&limit=1')).body;
  await app.send('DELETE', `/users/ana/messages/${items[0]!.id}`);
  expect((await ask()).body.draft!.provenance.source).toBe('model');
  await app.send('PUT', '/users/ana/consent', { style: false });
  await app.send('PUT', '/users/ana/consent', { style: true });
  expect((await ask()).body.draft!.provenance.source).toBe('model');
});

it('takes the path without a model, and says so, where the draft holds a name of its own making', async () => {
  model.answer = '{"reply":"yes, with Zebulon"}';
  const { status, body } = await ask();
  expect([status, body.path, body.draft]).toEqual([200, 'without_model', null]);
  expect(body.path_reason).not.toBeNull();
});

it('takes it too where the model is asked not to be asked', async () => {
  const { body } = await ask({ draft: 'never' });
  expect([body.path, model.prompts.length]).toEqual(['without_model', 0]);
});

it('refuses with 429 and the reason where the tenant’s day is used up and a draft is required', async () => {
  const day = dayOf(Date.now());
  const { tokens } = await ledger().spent(day);
  expect(tokens).toBeGreaterThan(0);
  await ledger().claim({ tokens: 100_000 - tokens, dollars: 0 }, { tokens: null, dollars: null });
  const refused = await app.post('/users/ana/mirror/chat', { message: `Budget ${question}?`, draft: 'required' });
  expect([refused.status, refused.body.detail]).toEqual([429, expect.stringContaining('tokens')]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask()).body).toMatchObject({ path: 'without_model', path_reason: refused.body.detail });
  await ledger().settle({ tokens: 100_000 - tokens, dollars: 0, day }, { tokens: 0, dollars: 0 });
});

it('proposes replies beside those of the person’s past, apart from them', async () => {
  model.answer = '{"replies":["yes, sure","not today"]}';
  const body = { message: `Shall we swim? ${question}`, drafts: 3 };
  const asked = (await app.post<ResponsePrediction>('/users/ana/mirror/predict-response', body)).body;
  expect(asked.drafts).toMatchObject({ label: 'mirror', generated: true, texts: ['yes, sure', 'not today'] });
  expect(asked.path).toBe('text_model');
  expect(asked.candidates.map(({ text }) => text)).not.toContain('yes, sure');
  const plain = await app.post<ResponsePrediction>('/users/ana/mirror/predict-response', { message: 'Shall we?' });
  expect(plain.body).not.toHaveProperty('drafts');
  expect(model.prompts).toHaveLength(1);
});

it('sums a context up where that is asked for, labelled, and says why where it cannot', async () => {
  model.answer = 'They spoke of a swim.';
  const body = { query: `swim today ${question}`, summarise: true };
  const { summary, path, sources } = (await app.post<ContextAnswer>('/users/ana/context', body)).body;
  expect([path, summary?.text, summary?.generated]).toEqual(['text_model', 'They spoke of a swim.', true]);
  expect(summary!.label).toContain('nobody said this');
  expect(sources.map(({ id }) => id)).toEqual(expect.arrayContaining(summary!.provenance.inputs));
  model.answer = 'They met Zebulon.';
  const invented = await app.post<ContextAnswer>('/users/ana/context', { ...body, query: `swim later ${question}` });
  expect(invented.body).toMatchObject({ path: 'without_model', summary: null, path_reason: expect.any(String) });
  const plain = await app.post<ContextAnswer>('/users/ana/context', { query: 'swim' });
  expect(plain.body).not.toHaveProperty('summary');
});

// the last: the breaker stays open after it
it('answers without the model while it is away, and 503 where a draft is required', async () => {
  model.away = true;
  const { status, body } = await ask();
  expect([status, body.path, body.draft]).toEqual([200, 'without_model', null]);
  expect((await app.post('/users/ana/mirror/chat', { message: `Away ${question}?`, draft: 'required' })).status).toBe(
    503,
  );
});
