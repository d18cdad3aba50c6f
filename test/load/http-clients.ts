import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sorted } from './analysis.ts';
import { ask } from './api.ts';
import { Ledger } from './ledger.ts';

export interface HttpLoad {
  url(client: number): string;
  key: string | null;
  clients: number;
  seconds: number;
  body(client: number, k: number, name: string): string;
  series: string;
  ledger?: Ledger;
  /** a client that was refused pauses this long, whatever the server asked for; default: it counts as an error and goes on */
  pauseMs?: number;
}

export interface HttpResult {
  ledger: Ledger;
  /** ms of accepted requests, sorted */
  latencies: Float64Array;
  accepted: number;
  /** by status, 0: broken connections and time-outs */
  refused: ReadonlyMap<number, number>;
  /** refusals with 429 or 503 that did not say when to come again */
  withoutRetryAfter: number;
  seconds: number;
}

/** A closed loop: each client sends its next message when the last was answered. */
export async function httpClients(load: HttpLoad): Promise<HttpResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.clients });
  const ledger = load.ledger ?? new Ledger();
  const latencies: number[] = [];
  const refused = new Map<number, number>();
  let withoutRetryAfter = 0;
  const started = performance.now();
  const until = started + load.seconds * 1_000;
  const client = async (user: number) => {
    await sleep(Math.min(500, (user / load.clients) * 500)); // they do not all come in the same moment
    for (let k = 0; performance.now() < until; k++) {
      const name = `${load.series}-${user}-${k}`;
      const body = load.body(user, k, name);
      ledger.sent(name);
      const sent = performance.now();
      const { status, retryAfter } = await ask(agent, load.url(user), load.key, 'POST', body);
      if (status >= 200 && status < 300) {
        latencies.push(performance.now() - sent);
        ledger.acknowledged(name);
        continue;
      }
      ledger.refused(name);
      refused.set(status, (refused.get(status) ?? 0) + 1);
      if ((status === 429 || status === 503) && retryAfter === undefined) withoutRetryAfter++;
      if (load.pauseMs !== undefined) await sleep(load.pauseMs);
    }
  };
  await Promise.all(Array.from({ length: load.clients }, (_, user) => client(user)));
  const seconds = (performance.now() - started) / 1_000;
  agent.destroy();
  return { ledger, latencies: sorted(latencies), accepted: latencies.length, refused, withoutRetryAfter, seconds };
}
