import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Protocol = 'anthropic' | 'openai' | 'workers-ai';

/** A request as it came in. */
export interface Received {
  url: string;
  headers: IncomingMessage['headers'];
  body: {
    model?: string;
    system?: string;
    messages: { role: string; content: string }[];
    max_tokens?: number;
    max_completion_tokens?: number;
    temperature?: number;
    stream?: boolean;
  };
}

/** How the server answers a request. */
export type Behaviour =
  | { kind: 'write'; pieces: readonly string[]; pauseMs?: number }
  /** writes what it makes of the prompt */
  | { kind: 'obey'; answer: (received: Received) => string }
  | { kind: 'refuse'; status: number; retryAfter?: string }
  /** sends half of the text, then closes the connection */
  | { kind: 'cut'; pieces: readonly string[] }
  /** sends half of the text, then ends the stream as if all were said */
  | { kind: 'end early'; pieces: readonly string[] }
  /** sends half of the text, then an error as the protocol has it */
  | { kind: 'break off'; pieces: readonly string[] }
  | { kind: 'garble' }
  | { kind: 'page' }
  | { kind: 'hang' };

export interface TextServer {
  /** of `baseUrl` in the configuration */
  url: string;
  received: Received[];
  /** answers that a client has broken off */
  readonly closed: number;
  /** the next requests are answered by these, in order; then by the last one for ever */
  script(...behaviours: Behaviour[]): void;
  stop(): Promise<void>;
}

/** A server that speaks the streaming protocol of a provider, event by event, as its documentation has it. */
export async function startTextServer(protocol: Protocol): Promise<TextServer> {
  const received: Received[] = [];
  let closed = 0;
  let behaviours: Behaviour[] = [{ kind: 'write', pieces: ['Hello', ' there', '.'] }];
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableEnded) closed++;
    });
    void bodyOf(request).then((body) => {
      const last = { url: request.url ?? '', headers: request.headers, body };
      received.push(last);
      const behaviour = behaviours.length > 1 ? behaviours.shift()! : behaviours[0]!;
      return answer(protocol, behaviour, last, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    get closed() {
      return closed;
    },
    script: (...next) => {
      behaviours = next;
    },
    stop: () => stop(server),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Received['body']> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

async function answer(protocol: Protocol, behaviour: Behaviour, received: Received, response: ServerResponse) {
  const { kind } = behaviour;
  if (kind === 'hang') return;
  if (kind === 'page') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sign in</p>');
  if (kind === 'refuse') return refuse(protocol, behaviour, response);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  if (kind === 'garble') return void response.end('data: {"type": \n\ndata: not json\n\n');
  const pieces = kind === 'obey' ? [behaviour.answer(received)] : behaviour.pieces;
  for (const event of opening(protocol)) response.write(event);
  for (const piece of pieces) {
    if (kind === 'write' && behaviour.pauseMs) await new Promise((wake) => setTimeout(wake, behaviour.pauseMs));
    // cut between bytes, not between events: that is how a network delivers
    const event = Buffer.from(textEvent(protocol, piece));
    response.write(event.subarray(0, 9));
    response.write(event.subarray(9));
  }
  if (kind === 'cut') return setTimeout(() => response.destroy(), 5);
  if (kind === 'break off') response.write(errorEvent(protocol));
  else if (kind !== 'end early') for (const event of closing(protocol, pieces.length)) response.write(event);
  response.end();
}

/** @see https://platform.claude.com/docs/en/api/errors and https://platform.openai.com/docs/guides/error-codes */
function refuse(protocol: Protocol, { status, retryAfter }: Behaviour & { kind: 'refuse' }, response: ServerResponse) {
  const error = { type: status === 429 ? 'rate_limit_error' : 'api_error', message: 'Refused by the test.' };
  const body = protocol === 'anthropic' ? { type: 'error', error } : { error: { ...error, code: null, param: null } };
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

const named = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const chunk = (choices: object[], usage: object | null = null) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices, usage })}\n\n`;

const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'm', stop_reason: null };

function opening(protocol: Protocol): string[] {
  if (protocol === 'openai') {
    return [chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }])];
  }
  if (protocol === 'workers-ai') return [];
  const usage = { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 3, output_tokens: 1 };
  return [
    named('message_start', { message: { ...MESSAGE, usage } }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    named('ping', {}),
  ];
}

function textEvent(protocol: Protocol, text: string): string {
  if (protocol === 'openai') return chunk([{ index: 0, delta: { content: text }, finish_reason: null }]);
  if (protocol === 'workers-ai') return `data: ${JSON.stringify({ response: text, p: 'abc' })}\n\n`;
  return named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
}

function errorEvent(protocol: Protocol): string {
  if (protocol !== 'anthropic')
    return `data: ${JSON.stringify({ error: { message: 'Overloaded', type: 'server_error' } })}\n\n`;
  return named('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
}

function closing(protocol: Protocol, output: number): string[] {
  const tokens = { prompt_tokens: 15, completion_tokens: output, total_tokens: 15 + output };
  if (protocol === 'openai') {
    const end = chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]);
    return [end, chunk([], tokens), 'data: [DONE]\n\n'];
  }
  if (protocol === 'workers-ai')
    return [`data: ${JSON.stringify({ response: '', usage: tokens })}\n\n`, 'data: [DONE]\n\n'];
  return [
    named('content_block_stop', { index: 0 }),
    named('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: output },
    }),
    named('message_stop', {}),
  ];
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
