import { setTimeout } from 'node:timers/promises';
import { Accepted, LIMITS, Task } from '../../src/messages/contract.ts';
import { SearchAnswer } from '../../src/palace/contract.ts';
import { lastTime, type SentMessage } from './dataset.ts';
import { type MemoryPort, TOP_K } from './memory-port.ts';

const POLL_MS = 200;
const LONGEST_WAIT_MS = 600_000;
/** Tries of a request that the server puts off (429 or 503). */
const TRIES = 20;

/**
 * A running server, spoken to as any client does. Every run writes to users of its own.
 * @param url origin of the server, without path
 */
export function viaHttp(url: string, key: string): MemoryPort {
  const client = new Client(url, key);
  return {
    name: url,
    async open(sample) {
      const { id, messages } = sample;
      const reference_date = new Date(lastTime(sample)).toISOString();
      const user = `eval-${id}-${crypto.randomUUID()}`;
      const clientIds = await ingest(client, user, messages);
      return async (question) => {
        const path = `/users/${encodeURIComponent(user)}/memories/search`;
        const { results } = SearchAnswer.parse(
          await client.send(path, { query: question, top_k: TOP_K, reference_date }),
        );
        return results.map((result) => clientIds.get(result.id) ?? result.id);
      };
    },
  };
}

/** @returns the client's message id by the server's */
async function ingest(client: Client, user: string, messages: readonly SentMessage[]): Promise<Map<string, string>> {
  const clientIds = new Map<string, string>();
  const tasks: string[] = [];
  for (let from = 0; from < messages.length; from += LIMITS.messagesPerRequest) {
    const batch = messages.slice(from, from + LIMITS.messagesPerRequest);
    const accepted = Accepted.parse(await client.send('/messages', { user_id: user, messages: batch }));
    for (const [i, id] of accepted.message_ids.entries()) clientIds.set(id, batch[i]!.message_id);
    tasks.push(accepted.task_id);
  }
  for (const task of tasks) await ended(client, task);
  return clientIds;
}

async function ended(client: Client, taskId: string): Promise<void> {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  while (Date.now() < deadline) {
    const { status, error } = Task.parse(await client.send(`/tasks/${encodeURIComponent(taskId)}`));
    if (status === 'completed') return;
    if (status === 'failed' || status === 'cancelled') throw new Error(`Task ${taskId} ${status}: ${error}`);
    await setTimeout(POLL_MS);
  }
  throw new Error(`Task ${taskId} was not done after ${LONGEST_WAIT_MS / 1_000} s.`);
}

class Client {
  private readonly base: string;
  private readonly headers: Record<string, string>;

  constructor(url: string, key: string) {
    this.base = `${url.replace(/\/+$/, '')}/api/v1`;
    this.headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  }

  /** GET without a body, POST with one. Waits where the server asks to. */
  async send(path: string, body?: unknown): Promise<unknown> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    for (let tries = 1; ; tries++) {
      const reply = await fetch(this.base + path, { headers: this.headers, ...init });
      if (reply.ok) return reply.json();
      if (tries === TRIES || (reply.status !== 429 && reply.status !== 503)) {
        throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`);
      }
      await setTimeout(Number(reply.headers.get('retry-after') ?? 1) * 1_000);
    }
  }
}
