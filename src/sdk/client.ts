import { z } from 'zod';
import { Accepted, Message, type NewMessage, Task } from '../messages/contract.ts';
import { SearchAnswer, type SearchBody } from '../palace/contract.ts';
import { UserStatus } from '../person/contract.ts';
import { ConnectionError, ProblemError, UnexpectedAnswerError } from './errors.ts';

export interface ClientOptions {
  /** where the service stands, e.g. `http://127.0.0.1:8000` */
  url: string;
  /** API key; `/health` needs none */
  key?: string;
  /** milliseconds until a request counts as unanswered; default 60,000 */
  timeoutMs?: number;
  fetch?: typeof fetch;
}

const MessagePage = z.object({ items: z.array(Message), next: z.string().nullable() });
const Health = z.object({
  status: z.enum(['ready', 'degraded']),
  checks: z.record(z.string(), z.enum(['ok', 'down'])),
});
const ProblemAnswer = z.object({
  code: z.string(),
  detail: z.string(),
  request_id: z.string().optional(),
  errors: z
    .array(z.object({ in: z.enum(['body', 'query', 'path', 'header']), pointer: z.string(), detail: z.string() }))
    .default([]),
});
export type Health = z.infer<typeof Health>;

/**
 * The HTTP interface, typed. It does not retry; see `withRetries`.
 *
 * Every method throws `ProblemError` (a refusal), `ConnectionError` (no answer) or `UnexpectedAnswerError`.
 */
export class PalimpsestClient {
  private readonly base: string;
  private readonly options: ClientOptions;

  constructor(options: ClientOptions) {
    this.base = options.url.replace(/\/+$/, '');
    this.options = options;
  }

  /** Stores up to 500 messages, all or none; those already there are counted as duplicates. */
  sendMessages(userId: string, messages: z.input<typeof NewMessage>[]): Promise<Accepted> {
    return this.call(Accepted, 'POST', '/api/v1/messages', { user_id: userId, messages });
  }

  task(taskId: string): Promise<Task> {
    return this.call(Task, 'GET', `/api/v1/tasks/${encodeURIComponent(taskId)}`);
  }

  search(userId: string, body: z.input<typeof SearchBody>): Promise<SearchAnswer> {
    return this.call(SearchAnswer, 'POST', `${userPath(userId)}/memories/search`, body);
  }

  /** One page, oldest first. */
  messages(userId: string, page: { limit?: number; cursor?: string } = {}): Promise<z.infer<typeof MessagePage>> {
    const query = new URLSearchParams();
    if (page.limit !== undefined) query.set('limit', String(page.limit));
    if (page.cursor !== undefined) query.set('cursor', page.cursor);
    return this.call(MessagePage, 'GET', `${userPath(userId)}/messages?${query}`);
  }

  message(userId: string, messageId: string): Promise<Message> {
    return this.call(Message, 'GET', `${userPath(userId)}/messages/${encodeURIComponent(messageId)}`);
  }

  userStatus(userId: string): Promise<UserStatus> {
    return this.call(UserStatus, 'GET', userPath(userId));
  }

  health(): Promise<Health> {
    return this.call(Health, 'GET', '/health/ready');
  }

  private async call<T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> {
    const { response, text } = await this.exchange(method, path, body);
    const json = parseJson(text);
    if (!response.ok) throw problemOf(response, json);
    const parsed = schema.safeParse(json);
    if (!parsed.success) throw new UnexpectedAnswerError(`${this.base} does not answer like Palimpsest.`);
    return parsed.data;
  }

  private async exchange(method: string, path: string, body: unknown): Promise<{ response: Response; text: string }> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (this.options.key !== undefined) headers.authorization = `Bearer ${this.options.key}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await (this.options.fetch ?? fetch)(this.base + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.options.timeoutMs ?? 60_000),
      });
      // read here: an answer may break off in the middle
      return { response, text: await response.text() };
    } catch (error) {
      throw new ConnectionError(`${this.base} cannot be reached (${causeOf(error)}).`, { cause: error });
    }
  }
}

const userPath = (userId: string) => `/api/v1/users/${encodeURIComponent(userId)}`;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(response: Response, json: unknown): ProblemError {
  const parsed = ProblemAnswer.safeParse(json);
  return new ProblemError({
    status: response.status,
    code: parsed.data?.code ?? `http_${response.status}`,
    detail: parsed.data?.detail ?? `The answer was HTTP ${response.status}.`,
    faults: parsed.data?.errors ?? [],
    retryAfter: secondsOf(response.headers.get('retry-after')),
    requestId: parsed.data?.request_id,
  });
}

/** `Retry-After` holds seconds or an HTTP date. */
function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/** fetch hides what happened ("ECONNREFUSED") one or two causes deep. */
function causeOf(error: unknown): string {
  let deepest: unknown = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  if (!(deepest instanceof Error)) return 'no answer';
  return 'code' in deepest && typeof deepest.code === 'string' ? deepest.code : deepest.name;
}
