import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Accepted, type Message, MessagesBody, type NewMessage, type Task } from '../../src/messages/contract.ts';
import { SearchBody } from '../../src/palace/contract.ts';
import { type ErrorCode, type Fault, STATUS_OF } from '../../src/shared/errors.ts';

/** What happens to the next POST of messages instead of an ordinary answer. */
export type Mishap =
  | { kind: 'refuse'; code: ErrorCode; retryAfter?: number; faults?: Fault[] }
  /** the connection breaks before, or after, the messages are stored */
  | { kind: 'drop'; stored: boolean };

/** A real HTTP server that speaks the contract: it validates, deduplicates and keeps messages in memory. */
export class FakeService {
  readonly key = 'pk_test';
  readonly stored = new Map<string, { user: string; message: NewMessage }>();
  /** sizes of the batches that were stored, in order */
  readonly batches: number[] = [];
  /** answers the next posts, first come first served */
  readonly mishaps: Mishap[] = [];
  /** number of times a task says `processing` before it is completed; -1: it fails */
  taskSteps = 0;
  /** posts answered, mishaps included */
  posts = 0;
  mostAtOnce = 0;
  private atOnce = 0;
  private readonly tasks = new Map<string, { total: number; steps: number }>();
  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch(() => response.destroy());
  });

  static async start(): Promise<FakeService> {
    const service = new FakeService();
    await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  contents(): string[] {
    return [...this.stored.values()].map(({ message }) => message.content);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const body = await bodyOf(request);
    if (url.pathname === '/health/ready') return send(response, 200, { status: 'ready', checks: { postgres: 'ok' } });
    if (request.headers.authorization !== `Bearer ${this.key}`)
      return refuse(response, { kind: 'refuse', code: 'unauthenticated' });
    if (request.method === 'POST' && url.pathname === '/api/v1/messages') return this.post(body, response);
    const [, task] = /^\/api\/v1\/tasks\/(.+)$/.exec(url.pathname) ?? [];
    if (task !== undefined) return this.answerTask(task, response);
    const [, user = '', rest = ''] = /^\/api\/v1\/users\/([^/]+)(.*)$/.exec(url.pathname) ?? [];
    if (rest === '') return this.answerUser(user, response);
    if (rest === '/memories/search') return this.search(user, SearchBody.parse(body), response);
    const found = this.stored.get(decodeURIComponent(rest.replace('/messages/id-', '')));
    return found
      ? send(response, 200, messageOf(found.message))
      : refuse(response, { kind: 'refuse', code: 'not_found' });
  }

  private async post(body: unknown, response: ServerResponse): Promise<void> {
    this.posts++;
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    // long enough for a second request to arrive
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.atOnce--;
    const mishap = this.mishaps.shift();
    if (mishap?.kind === 'refuse') return refuse(response, mishap);
    if (mishap?.kind === 'drop' && !mishap.stored) return void response.destroy();
    const { user_id: user, messages } = MessagesBody.parse(body);
    const before = this.stored.size;
    for (const message of messages) this.stored.set(message.message_id ?? '', { user, message });
    const accepted = this.stored.size - before;
    this.batches.push(messages.length);
    if (mishap?.kind === 'drop') return void response.destroy();
    const taskId = `task-${this.batches.length}`;
    this.tasks.set(taskId, { total: messages.length, steps: this.taskSteps });
    const answer: Accepted = {
      status: 'processing',
      task_id: taskId,
      eta_seconds: 1,
      status_endpoint: `/api/v1/tasks/${taskId}`,
      accepted,
      duplicates: messages.length - accepted,
      message_ids: messages.map((message) => `id-${message.message_id}`),
    };
    send(response, 202, answer);
  }

  private answerTask(id: string, response: ServerResponse): void {
    const task = this.tasks.get(id);
    if (task === undefined) {
      refuse(response, { kind: 'refuse', code: 'not_found' });
      return;
    }
    const failed = task.steps === -1;
    const ready = task.steps === 0;
    if (task.steps > 0) task.steps--;
    const answer: Task = {
      task_id: id,
      status: failed ? 'failed' : ready ? 'completed' : 'processing',
      total: task.total,
      done: ready ? task.total : 0,
      attempts: 1,
      error: failed ? 'the model is gone' : null,
      created_at: '2024-01-01T00:00:00Z',
      started_at: null,
      finished_at: null,
      next_attempt_at: null,
      result: null,
    };
    send(response, 200, answer);
  }

  private answerUser(user: string, response: ServerResponse): void {
    const messages = [...this.stored.values()].filter((entry) => entry.user === user).length;
    const times = { first_message_at: '2024-01-01T00:00:00Z', last_message_at: '2024-02-01T00:00:00Z' };
    send(response, 200, {
      user_id: user,
      messages,
      pending: 0,
      failed: 0,
      outbox: 0,
      set_aside: 0,
      sequence: 1,
      ...times,
    });
  }

  private search(user: string, body: SearchBody, response: ServerResponse): void {
    const words = body.query.toLowerCase().split(' ');
    const found = [...this.stored.values()].filter(
      (entry) => entry.user === user && words.some((word) => entry.message.content.toLowerCase().includes(word)),
    );
    const results = found.slice(0, body.top_k).map(({ message }) => ({
      ...messageOf(message),
      score: 0.5,
      duplicates: [],
      position: null,
      ...(body.explain ? { explain: { words: 0.5 } } : {}),
    }));
    send(response, 200, { results, answerable: 0.5, timing_ms: 1, models: [] });
  }
}

const messageOf = (message: NewMessage): Message => ({
  id: `id-${message.message_id}`,
  message_id: message.message_id ?? null,
  conversation_id: message.conversation_id,
  role: message.role,
  speaker: message.speaker ?? null,
  content: message.content,
  timestamp: message.timestamp ?? '2024-01-01T00:00:00Z',
  accepted_at: '2024-01-01T00:00:00Z',
  metadata: message.metadata ?? null,
});

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return pieces.length === 0 ? undefined : JSON.parse(Buffer.concat(pieces).toString());
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, { code, retryAfter, faults }: Mishap & { kind: 'refuse' }): void {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  const status = STATUS_OF[code];
  const body = {
    type: `/problems/${code}`,
    title: code,
    status,
    code,
    detail: `refused: ${code}`,
    instance: '/',
    request_id: 'r1',
  };
  response.writeHead(status, headers).end(JSON.stringify(faults ? { ...body, errors: faults } : body));
}
