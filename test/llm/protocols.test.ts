import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAnthropicModel } from '../../src/llm/anthropic.ts';
import { createChatCompletionsModel } from '../../src/llm/chat-completions.ts';
import {
  NO_MODEL,
  type TextModel,
  TextModelFailed,
  type TextPart,
  type TextRequest,
} from '../../src/llm/text-model.ts';
import { createWorkersAiModel } from '../../src/llm/workers-ai.ts';
import { type Behaviour, type Protocol, startTextServer, type TextServer } from '../helpers/text-server.ts';

const REQUEST: TextRequest = {
  system: 'Be brief.',
  turns: [{ role: 'user', content: 'Say hello.' }],
  maxTokens: 50,
  temperature: 0.2,
};
const KEY = 'key-of-the-operator';

let server: TextServer;
afterEach(() => server.stop());

function modelOf(protocol: Protocol): TextModel {
  const endpoint = { model: 'm', baseUrl: server.url, apiKey: KEY, gatewayToken: 'gate' };
  if (protocol === 'anthropic') return createAnthropicModel(endpoint);
  if (protocol === 'openai') return createChatCompletionsModel(endpoint);
  // the binding hands on what the platform answers over HTTP
  const run = (name: string, inputs: object, { signal }: { signal: AbortSignal }) =>
    fetch(`${server.url}/run/${name}`, { method: 'POST', body: JSON.stringify(inputs), signal });
  return createWorkersAiModel({ run }, '@cf/m');
}

async function partsOf(model: TextModel, signal = new AbortController().signal): Promise<TextPart[]> {
  const parts: TextPart[] = [];
  for await (const part of model.generate(REQUEST, signal)) parts.push(part);
  return parts;
}
const textOf = (parts: TextPart[]) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

async function failureOf(protocol: Protocol, behaviour: Behaviour): Promise<TextModelFailed> {
  server.script(behaviour);
  const error = await partsOf(modelOf(protocol)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TextModelFailed);
  return error as TextModelFailed;
}

describe.each(['anthropic', 'openai', 'workers-ai'] as const)('%s', (protocol) => {
  beforeEach(async () => {
    server = await startTextServer(protocol);
  });

  it('gives the text piece by piece, and what it took', async () => {
    server.script({ kind: 'write', pieces: ['Grüße', ' — 你好', ' 👋🏽'] });
    const parts = await partsOf(modelOf(protocol));
    expect(parts.filter(({ type }) => type === 'text').map((part) => 'text' in part && part.text)).toEqual([
      'Grüße',
      ' — 你好',
      ' 👋🏽',
    ]);
    expect(parts.findLast(({ type }) => type === 'usage')).toEqual({ type: 'usage', usage: { input: 15, output: 3 } });
  });

  it('asks for a stream, with the limit and the sampling of the request', async () => {
    await partsOf(modelOf(protocol));
    const { body } = server.received[0]!;
    expect(body).toMatchObject({ stream: true, max_tokens: 50, temperature: 0.2 });
    expect(body.system ?? body.messages[0]).toEqual(
      protocol === 'anthropic' ? 'Be brief.' : { role: 'system', content: 'Be brief.' },
    );
    expect(body.messages.at(-1)).toEqual({ role: 'user', content: 'Say hello.' });
  });

  it('takes a stream that ends before its text for cut off', async () => {
    expect((await failureOf(protocol, { kind: 'end early', pieces: ['Half'] })).kind).toBe('cut');
  });

  it('takes a connection that breaks for cut off', async () => {
    expect((await failureOf(protocol, { kind: 'cut', pieces: ['Half'] })).kind).toBe('cut');
  });

  it('takes an error within the stream for an outage', async () => {
    expect((await failureOf(protocol, { kind: 'break off', pieces: ['Half'] })).kind).toBe('away');
  });

  it('takes what is no JSON for garbled', async () => {
    expect((await failureOf(protocol, { kind: 'garble' })).kind).toBe('garbled');
  });

  it('takes a page for garbled', async () => {
    expect((await failureOf(protocol, { kind: 'page' })).kind).toBe('garbled');
  });

  it.each([
    [429, 'busy'],
    [500, 'away'],
    [503, 'away'],
    [529, 'away'],
    [408, 'away'],
    [401, 'barred'],
    [403, 'barred'],
    [302, 'barred'],
    [400, 'refused'],
    [413, 'refused'],
  ] as const)('answers %i with %s', async (status, kind) => {
    expect((await failureOf(protocol, { kind: 'refuse', status })).kind).toBe(kind);
  });

  it('hands on how long to wait, in seconds or as a date', async () => {
    const wait = await failureOf(protocol, { kind: 'refuse', status: 429, retryAfter: '7' });
    expect(wait.retryAfterMs).toBe(7000);
    const date = new Date(Date.now() + 60_000).toUTCString();
    const later = await failureOf(protocol, { kind: 'refuse', status: 503, retryAfter: date });
    expect(later.retryAfterMs).toBeGreaterThan(50_000);
    expect(later.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('says nothing of the prompt, the answer or the key when it fails', async () => {
    const said = String(await failureOf(protocol, { kind: 'refuse', status: 500 }));
    expect(said).not.toMatch(/hello|brief|key-of|Refused by/i);
  });

  it('stops when it is no longer waited for', async () => {
    server.script({ kind: 'hang' });
    const abort = new AbortController();
    const parts = partsOf(modelOf(protocol), abort.signal);
    setTimeout(() => abort.abort(), 20);
    await expect(parts).rejects.toBeInstanceOf(TextModelFailed);
  });
});

describe('keys', () => {
  it('go to Anthropic in its own header, and to a gateway in another', async () => {
    server = await startTextServer('anthropic');
    await partsOf(modelOf('anthropic'));
    const { url, headers } = server.received[0]!;
    expect(url).toBe('/v1/messages');
    expect(headers).toMatchObject({ 'x-api-key': KEY, 'cf-aig-authorization': 'Bearer gate' });
    expect(headers['anthropic-version']).toBe('2023-06-01');
  });

  it('go to Chat Completions as a bearer token', async () => {
    server = await startTextServer('openai');
    await partsOf(modelOf('openai'));
    expect(server.received[0]).toMatchObject({
      url: '/chat/completions',
      headers: { authorization: `Bearer ${KEY}`, 'cf-aig-authorization': 'Bearer gate' },
    });
  });

  it('are in no body', async () => {
    server = await startTextServer('openai');
    await partsOf(modelOf('openai'));
    expect(JSON.stringify(server.received[0]!.body)).not.toContain(KEY);
  });
});

describe('other servers of Chat Completions', () => {
  beforeEach(async () => {
    server = await startTextServer('openai');
  });

  it('are understood where Workers AI sends chunks of that kind', async () => {
    expect(textOf(await partsOf(modelOf('workers-ai')))).toBe('Hello there.');
  });

  it('are away where nothing listens', async () => {
    const model = createChatCompletionsModel({
      model: 'm',
      baseUrl: 'http://127.0.0.1:9',
      apiKey: '',
      gatewayToken: null,
    });
    await expect(partsOf(model)).rejects.toMatchObject({ kind: 'away' });
  });

  it('have no model where none is set up', async () => {
    await expect(partsOf(NO_MODEL)).rejects.toMatchObject({ kind: 'absent' });
  });
});
