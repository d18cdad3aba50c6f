import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../bench/report.ts';
import type { ServerClient } from '../e2e/server-client.ts';
import { held, reconcile } from './equal.ts';

export interface LoadOptions {
  client: ServerClient;
  users: readonly string[];
  /** each for one user, in turn */
  senders: number;
  /** messages of a batch, at most */
  mostBatch: number;
  /** of a sender after a batch */
  pauseMs: number;
  random: () => number;
}

/** One answer to a batch. */
interface Answer {
  at: number;
  ms: number;
  /** 0: none came */
  status: number;
}

/** An answer may take so long; then it is taken for one that never comes. */
const HANG_MS = 30_000;
/** One in so many batches is sent again though it was acknowledged. */
const AGAIN = 0.1;
const RETRY_MS = 100;

/**
 * Messages as careful applications send them: each batch again until it is acknowledged, and now and then once more after
 * that. Knows what was acknowledged, and how.
 */
export class Load {
  readonly acknowledged: Map<string, Set<string>>;
  /** answers that no careful application should get: 4xx, and 5xx that is no 503 with Retry-After; and hangs */
  readonly wrong: string[] = [];
  sent = 0;
  private readonly answers: Answer[] = [];
  private readonly options: LoadOptions;
  private isOver = false;
  private readonly senders: Promise<void>[];

  constructor(options: LoadOptions) {
    this.options = options;
    this.acknowledged = new Map(options.users.map((user) => [user, new Set()]));
    this.senders = Array.from({ length: options.senders }, (_, i) => this.send(i));
  }

  /** Sends what is under way to its end. */
  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.senders);
  }

  /** Figures of the answers since a time (`performance.now()`), named after it. */
  report(phase: string, since: number, report: Report): { refused: number; failed: number } {
    const answers = this.answers.filter(({ at }) => at >= since);
    const taken = answers.filter(({ status }) => status >= 200 && status < 300);
    const times = taken.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    const refused = answers.filter(({ status }) => status === 503).length;
    const failed = answers.filter(({ status }) => status === 0 || (status >= 400 && status !== 503)).length;
    report({ metric: `${phase}/acknowledged`, value: taken.length, unit: 'requests', n: answers.length });
    report({ metric: `${phase}/503`, value: refused, unit: 'requests', n: answers.length });
    report({ metric: `${phase}/failed`, value: failed, unit: 'requests', n: answers.length });
    report({ metric: `${phase}/p50`, value: at(0.5), unit: 'ms', n: times.length });
    report({ metric: `${phase}/p95`, value: at(0.95), unit: 'ms', n: times.length });
    return { refused, failed };
  }

  private async send(sender: number): Promise<void> {
    const { users, mostBatch, pauseMs, random } = this.options;
    const user = users[sender % users.length]!;
    for (let n = 0; !this.isOver; n++) {
      const messages = Array.from({ length: 1 + Math.floor(random() * mostBatch) }, (_, j) => ({
        content: `Batch ${n} of sender ${sender}, line ${j}: the tide was ${n % 7} fingers high`,
        message_id: `${sender}-${n}-${j}`,
      }));
      for (let times = random() < AGAIN ? 2 : 1; times > 0; ) {
        const status = await this.post(user, messages);
        if (status >= 200 && status < 300) times--;
        else if (status >= 400 && status < 500) return;
        else await sleep(RETRY_MS);
      }
      this.sent += messages.length;
      for (const { message_id } of messages) this.acknowledged.get(user)!.add(message_id);
      await sleep(pauseMs);
    }
  }

  /** @returns the status, 0 where no whole answer came */
  private async post(user: string, messages: object[]): Promise<number> {
    const at = performance.now();
    let status = 0;
    try {
      const answer = await this.options.client.send('POST', '/messages', { user_id: user, messages });
      const text = await answer.text();
      status = answer.status;
      const isRefusal = status === 503 && answer.headers.get('retry-after') !== null;
      if (!answer.ok && !isRefusal) this.complain(`${status} ${text.slice(0, 200)}`);
    } catch {
      status = 0; // cut off, as by a kill: the drill says whether that was to be
    }
    const ms = performance.now() - at;
    if (ms > HANG_MS) this.complain(`an answer took ${Math.round(ms / 1_000)} s`);
    this.answers.push({ at, ms, status });
    return status;
  }

  private complain(what: string): void {
    if (this.wrong.length < 20) this.wrong.push(what);
  }
}

/** Whether what was acknowledged is there once, and object and Postgres are equal. To be asked when all has drained. */
export async function verdict(client: ServerClient, load: Load, report: Report): Promise<string[]> {
  const wrong: string[] = [];
  let [lost, doubled, equal, total] = [0, 0, 0, 0];
  for (const [user, acknowledged] of load.acknowledged) {
    const ids = (await client.messages(user)).map(({ message_id }) => message_id);
    const kept = new Set(ids);
    total += ids.length;
    doubled += ids.length - kept.size;
    for (const id of acknowledged) if (!kept.has(id)) lost++;
    const answer = await reconcile(client, user);
    if (answer.equal) equal += held(answer);
    else wrong.push(`${user}: object and Postgres differ: ${JSON.stringify(answer)}`);
  }
  report({ metric: 'messages', value: total, unit: 'messages', n: load.sent });
  report({ metric: 'lost', value: lost, unit: 'messages', n: load.sent, baseline: 0 });
  report({ metric: 'duplicated', value: doubled, unit: 'messages', n: load.sent, baseline: 0 });
  report({ metric: 'equal', value: equal, unit: 'rows', n: load.acknowledged.size });
  if (lost > 0) wrong.push(`${lost} acknowledged messages are lost`);
  if (doubled > 0) wrong.push(`${doubled} messages are there more than once`);
  return wrong;
}
