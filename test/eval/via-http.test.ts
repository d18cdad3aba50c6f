import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { z } from 'zod';
import type { MessagesBody } from '../../src/messages/contract.ts';
import type { Sample } from './dataset.ts';
import { viaHttp } from './via-http.ts';

type Batch = z.infer<typeof MessagesBody>;

/** Speaks the contract: takes batches, completes a task at the second look, finds messages by their exact text. */
let server: Server;
let batches: Batch[];
let looks: number;
let busy: number;

beforeEach(async () => {
  batches = [];
  looks = 0;
  busy = 1;
  server = createServer(async (request, reply) => {
    const [status, body] = answer(request, await text(request));
    reply.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => server.close());

function answer({ url = '', method, headers }: IncomingMessage, body: string): [number, unknown] {
  if (headers.authorization !== 'Bearer secret') return [401, {}];
  if (busy-- > 0) return [429, {}];
  if (method === 'GET') return [200, task(++looks > 1 ? 'completed' : 'processing')];
  if (url === '/api/v1/messages') {
    const batch = JSON.parse(body) as Batch;
    batches.push(batch);
    const message_ids = batch.messages.map(({ message_id }) => `server-${message_id}`);
    const counts = { eta_seconds: 0, accepted: batch.messages.length, duplicates: 0 };
    return [202, { status: 'processing', task_id: 't', status_endpoint: '/', ...counts, message_ids }];
  }
  const { query, top_k } = JSON.parse(body) as { query: string; top_k: number };
  expect([url, top_k]).toEqual([`/api/v1/users/${encodeURIComponent(batches[0]!.user_id)}/memories/search`, 50]);
  const found = batches.flatMap(({ messages }) => messages).filter(({ content }) => content === query);
  return [
    200,
    {
      results: found.map(({ message_id }) => result(`server-${message_id}`)),
      answerable: 0.5,
      timing_ms: 1,
      models: [],
    },
  ];
}

const task = (status: string) => ({
  ...{ task_id: 't', status, total: 1, done: 1, attempts: 0, error: null, result: null, next_attempt_at: null },
  ...{ created_at: '', started_at: null, finished_at: null },
});

const result = (id: string) => ({
  ...{ id, message_id: null, conversation_id: 'c', role: 'user', speaker: null },
  ...{ content: '', timestamp: '', score: 1, duplicates: [], position: null },
});

const sample = (count: number): Sample => ({
  id: 's1',
  messages: Array.from({ length: count }, (_, i) => ({ content: `text ${i}`, message_id: `D1:${i}` })),
  questions: [],
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

it('sends batches the server takes, waits for the work, and answers with the ids of the client', async () => {
  const ask = await viaHttp(url(), 'secret').open(sample(501));
  expect(batches.map(({ messages }) => messages.length)).toEqual([500, 1]);
  expect(looks).toBeGreaterThan(1);
  expect(await ask('text 500')).toEqual(['D1:500']);
});

it('writes to a new user each time', async () => {
  await viaHttp(url(), 'secret').open(sample(1));
  await viaHttp(url(), 'secret').open(sample(1));
  expect(batches[0]!.user_id).not.toBe(batches[1]!.user_id);
});

it('says what the server refused', async () => {
  await expect(viaHttp(url(), 'wrong').open(sample(1))).rejects.toThrow('/messages answered 401');
});
