import { env, exports } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TenantLedger } from '../../durable-objects/tenant-ledger.ts';
import type { ContextAnswer } from '../../src/context/contract.ts';
import type { Env } from '../../src/env.ts';
import { dayOf } from '../../src/llm/budget.ts';
import type { ChatAnswer, ResponsePrediction } from '../../src/mirror/replies/contract.ts';
import { unwrap } from '../../src/shared/errors.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { type FakeTextModel, renew, useFakeTextModel } from '../helpers/fake-text-model.ts';
import { dialogue } from '../helpers/mirror.ts';
import { holdQueue, settled } from '../helpers/person.ts';

const TENANT = `tenant-${crypto.randomUUID()}`;
let model: FakeTextModel;
let app: Client;
let question = 0;
const ask = (changes: object = {}, user = 'ana') =>
  app.post<ChatAnswer>(`/users/${user}/mirror/chat`, { message: `Do you want to swim today? ${question}`, ...changes });
const ledger = () => (env as Env).TENANT_LEDGER.getByName(TENANT) as unknown as TenantLedger;

async function person(user: string, client = app): Promise<void> {
  await client.post('/messages', { user_id: user, messages: dialogue(12) });
  await settled(client, user);
  await client.send('PUT', `/users/${user}/consent`, { style: true, prediction: true });
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
  renew(model);
  model.answer = 'yes, sounds good';
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
  model.answer = 'yes, with Zebulon';
  const { status, body } = await ask();
  expect([status, body.path, body.draft]).toEqual([200, 'without_model', null]);
  expect(body.path_reason).not.toBeNull();
});

it('takes it too where the model is asked not to be asked', async () => {
  const { body } = await ask({ draft: 'never' });
  expect([body.path, model.prompts.length]).toEqual(['without_model', 0]);
});

it('takes it too where the flag is off for the tenant', async () => {
  const other = await newClient({ scopes: ['ingest', 'read', 'profile', 'admin'] });
  await other.send('PUT', '/flags', { flags: { text_model: { kind: 'boolean', on: false } } });
  await person('ana', other);
  const { body } = await other.post<ChatAnswer>('/users/ana/mirror/chat', { message: 'Do you want to swim today?' });
  expect([body.path, body.path_reason]).toEqual(['without_model', expect.stringContaining('switched off')]);
  expect(model.prompts).toHaveLength(0);
});

it('refuses with 429 and the reason where the tenant’s day is used up and a draft is required', async () => {
  const day = dayOf(Date.now());
  const { tokens } = await ledger().spent(day);
  expect(tokens).toBeGreaterThan(0);
  const claim = await ledger().claim({ tokens: 100_000 - tokens, dollars: 0 }, { tokens: null, dollars: null });
  const refused = await app.post('/users/ana/mirror/chat', { message: `Budget ${question}?`, draft: 'required' });
  expect([refused.status, refused.body.detail]).toEqual([429, expect.stringContaining('tokens')]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask()).body).toMatchObject({ path: 'without_model', path_reason: refused.body.detail });
  await ledger().settle(unwrap(claim), { tokens: 0, dollars: 0 });
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

describe('heard as it is written', () => {
  interface Told {
    event: string;
    data: Record<string, unknown>;
  }
  const open = (path: string, body: object, headers: Record<string, string> = {}) =>
    exports.default.fetch(`https://api.test/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: app.authorization, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const eventsOf = (text: string): Told[] =>
    [...text.matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, event, data]) => ({
      event: event!,
      data: JSON.parse(data!),
    }));
  const chat = async (changes: object = {}, headers = {}) => {
    const response = await open(
      '/users/ana/mirror/chat',
      { message: `Swim, then? ${question}`, stream: true, ...changes },
      headers,
    );
    return { response, events: eventsOf(await response.text()) };
  };
  const draftOf = (events: Told[]) => events.map(({ event, data }) => (event === 'draft' ? data.text : '')).join('');
  const names = (events: Told[]) => events.map(({ event }) => event);

  it('begins with the person’s own words and ends with the whole answer, labelled, with sources and path', async () => {
    const { response, events } = await chat();
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect([names(events)[0], names(events).at(-1)]).toEqual(['start', 'end']);
    const [start, end] = [events[0]!.data, events.at(-1)!.data as unknown as ChatAnswer];
    expect(start).toMatchObject({
      label: 'mirror',
      generated: false,
      confidence: expect.any(Number),
      sources: expect.any(Array),
    });
    expect(end).toMatchObject({ ...start, path: 'text_model', draft: { label: 'mirror', generated: true } });
    expect([draftOf(events), end.draft!.text]).toEqual(['yes, sounds good', 'yes, sounds good']);
    expect(names(events).filter((name) => name === 'draft').length).toBeGreaterThan(1);
  });

  it('is asked for by the Accept header too, and is kept for those who want it whole', async () => {
    const body = { message: `Swim, then? ${question}` };
    const { events } = await chat({ stream: undefined }, { accept: 'text/event-stream' });
    expect(names(events).at(-1)).toBe('end');
    const { draft } = (await app.post<ChatAnswer>('/users/ana/mirror/chat', body)).body;
    expect([draft!.provenance.source, model.prompts.length]).toEqual(['l1', 1]);
    expect(draftOf((await chat()).events)).toBe('yes, sounds good');
    expect(model.prompts).toHaveLength(1);
  });

  it('shows no name of the model’s own making, and says that there is no draft', async () => {
    model.answer = 'yes, with Zebulon by the lake';
    const { events } = await chat();
    expect(draftOf(events)).toBe('yes, with');
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { path: 'without_model', draft: null } });
  });

  it.each([
    ['ends without a draft', 'auto', { event: 'end', data: { path: 'without_model', draft: null } }],
    [
      'ends with an error',
      'required',
      { event: 'error', data: { code: 'unavailable', status: 503, request_id: expect.any(String) } },
    ],
  ])('%s where the text is cut off and a draft is %s', async (_what, draft, last) => {
    model.cutsAfter = 2;
    const { events } = await chat({ draft });
    expect(draftOf(events)).toBe('yes, sounds');
    expect(events.at(-1)).toMatchObject(last);
  });

  it('answers as a problem what is refused before the first word', async () => {
    await app.send('PUT', '/users/ana/consent', { style: false });
    const { response } = await chat();
    await app.send('PUT', '/users/ana/consent', { style: true });
    expect([response.status, response.headers.get('content-type')]).toEqual([403, 'application/problem+json']);
    expect((await open('/users/nobody/mirror/chat', { message: 'Hi', stream: true })).status).toBe(404);
  });

  it('breaks the call off when the client goes away', async () => {
    model.hangsAfter = 2;
    const response = await open('/users/ana/mirror/chat', { message: `Away? ${question}`, stream: true });
    const reader = response.body!.getReader();
    let heard = '';
    while (!heard.includes('event: draft')) heard += new TextDecoder().decode((await reader.read()).value);
    await reader.cancel();
    await vi.waitFor(() => expect(model.dropped).toBe(1), { timeout: 4_000 });
  });

  it('answers the same again under the same Idempotency-Key', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() };
    const first = (await chat({}, key)).events.at(-1);
    model.answer = 'no';
    expect((await chat({}, key)).events).toEqual([first]);
    expect((await chat({ message: 'Another?' }, key)).response.status).toBe(409);
  });

  it('tells the summary of a context piece by piece', async () => {
    model.answer = 'They spoke of a swim.';
    const body = { query: `swim today, told ${question}`, summarise: true, stream: true };
    const events = eventsOf(await (await open('/users/ana/context', body)).text());
    expect([names(events)[0], names(events).at(-1)]).toEqual(['start', 'end']);
    expect(events.map(({ event, data }) => (event === 'summary' ? data.text : '')).join('')).toBe(
      'They spoke of a swim.',
    );
    expect(events.at(-1)!.data).toMatchObject({
      path: 'text_model',
      summary: { generated: true, text: 'They spoke of a swim.' },
    });
  });

  it('tells each room as it is named', async () => {
    model.answer = '{"name":"The swims"}';
    const palace = (await app.get<{ items: { id: string }[] }>('/users/ana/palaces')).body.items[0]!.id;
    const path = `/users/ana/palaces/${palace}/rooms/names`;
    const events = eventsOf(await (await open(path, { stream: true })).text());
    expect(names(events).at(-1)).toBe('end');
    const rooms = events.at(-1)!.data.rooms as object[];
    expect(events.slice(0, -1)).toEqual(rooms.map((data) => ({ event: 'room', data })));
    expect(rooms.length).toBeGreaterThan(0);
  });
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
