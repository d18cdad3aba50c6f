import { Agent, request } from 'node:http';
import pg from 'pg';
import type { UserStatus } from '../../src/person/contract.ts';
import type { RunningApp } from './served.ts';

/** What an HTTP request came to. */
export interface Answer {
  /** 0: the connection broke, or nothing came in time */
  status: number;
  retryAfter: string | undefined;
  text: string;
}

const TIMEOUT_MS = 30_000;
const TRIES = 4;

/** One request; it never throws. */
export function ask(agent: Agent, url: string, key: string | null, method: string, body?: string): Promise<Answer> {
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
  };
  return new Promise((resolve) => {
    const failed = () => resolve({ status: 0, retryAfter: undefined, text: '' });
    const sent = request(url, { method, agent, headers, timeout: TIMEOUT_MS }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', failed);
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'], text });
      });
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', failed);
    sent.end(body);
  });
}

/** Runs `work` for 0 .. count - 1, some at once. */
export async function each(count: number, abreast: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(count, abreast) }, worker));
}

/** The product as the load test looks into it. */
export class ProductApi {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });
  private readonly app: RunningApp;

  constructor(app: RunningApp) {
    this.app = app;
  }

  close(): void {
    this.agent.destroy();
  }

  /** What is not measured may be tried again. @throws Error for anything but an answer below 300 */
  async json<T>(method: string, route: string, body?: unknown): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    let answer = await ask(this.agent, `${this.app.url}/api/v1${route}`, this.app.key, method, text);
    for (let tries = 1; tries < TRIES && (answer.status === 0 || answer.status === 503); tries++) {
      answer = await ask(this.agent, `${this.app.url}/api/v1${route}`, this.app.key, method, text);
    }
    if (answer.status === 0 || answer.status >= 300) throw new Error(`${method} ${route}: ${answer.status}`);
    return JSON.parse(answer.text) as T;
  }

  status(user: string): Promise<UserStatus> {
    return this.json<UserStatus>('GET', `/users/${user}`);
  }

  /** How often each message that a client named is in the person's store. */
  async storedOf(user: string, into: Map<string, number>): Promise<void> {
    interface Listed {
      items: { message_id: string | null }[];
      next: string | null;
    }
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Listed = await this.json<Listed>(
        'GET',
        `/users/${user}/messages?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      for (const { message_id: name } of page.items) if (name !== null) into.set(name, (into.get(name) ?? 0) + 1);
      cursor = page.next;
    }
  }

  /** Messages in Postgres, and those of them with a vector. */
  async saved(): Promise<{ messages: number; memories: number }> {
    const client = new pg.Client({ connectionString: this.app.databaseUrl! });
    await client.connect();
    try {
      const { rows } = await client.query<{ messages: string; memories: string }>(
        `SELECT (SELECT count(*) FROM messages) AS messages,
           (SELECT count(*) FROM memories WHERE sealed_vector IS NOT NULL) AS memories`,
      );
      return { messages: Number(rows[0]!.messages), memories: Number(rows[0]!.memories) };
    } finally {
      await client.end();
    }
  }
}
