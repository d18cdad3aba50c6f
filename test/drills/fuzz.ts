import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Server, startServer } from '../../scripts/server.ts';
import type { Report } from '../bench/report.ts';
import { type ApiDescription, type Route, routesOf } from '../helpers/api-routes.ts';
import type { Problem } from '../helpers/client.ts';
import { fault } from '../helpers/fault.ts';
import { Mutator, type Shot } from '../helpers/mutator.ts';
import { type Asker, populate } from '../helpers/victim.ts';
import { MemoryWatch } from './memory-watch.ts';
import { RawHttp } from './raw-http.ts';

const USER = 'fuzz';
const CONNECTIONS = 8;
/** The fuzzer deletes what it finds and withdraws consent; after so many requests everything is made anew. */
const RENEW_EVERY = 2_000;
/** What the memory of a server may grow from the middle to the last fifth of the run; a shorter one is all warm-up. */
const MAX_GROWTH_BYTES = 64 * 2 ** 20;
const MIN_JUDGED = 40_000;
const MOST_SHOWN = 20;
/** A user has so many of these at most, and the fuzzer makes more in a long run. */
const BOUNDED = ['digs', 'trails'];
/** A long run does not end because the person it is tried on could not be made anew at once. */
const RENEW_TRIES = 10;

interface Outcome {
  sent: number;
  unsendable: number;
  /** refused by what reads HTTP, before the Worker: 400, 501 and the like, without a request id */
  unread: number;
  /** sent again, since the local proxy had closed the connection meanwhile */
  repeated: number;
  statuses: Map<number, number>;
  wrong: string[];
}

/**
 * `npm run drill -- fuzz [--requests N] [--seed N]`: malformed requests to every route of /openapi.json over the network,
 * on a server of its own. Each must be answered, below 500, and each refusal must be a problem document.
 *
 * @returns what went wrong, a line each
 */
export async function fuzz(args: readonly string[], report: Report): Promise<string[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { requests: { type: 'string', default: '20000' }, seed: { type: 'string', default: '20261122' } },
  });
  const requests = Number(values.requests);
  const stateDir = mkdtempSync(path.join(tmpdir(), 'palimpsest-fuzz-'));
  const server = await startServer({ stateDir, quiet: true });
  try {
    const watch = new MemoryWatch(server.pids.worker);
    const begun = performance.now();
    const outcome = await shoot(server, requests, Number(values.seed), watch);
    return summary(outcome, watch, requests, (performance.now() - begun) / 1_000, report);
  } finally {
    await server.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function shoot(server: Server, requests: number, seed: number, watch: MemoryWatch): Promise<Outcome> {
  const http = new RawHttp(server.url, CONNECTIONS);
  const routes = await routesFrom(server.url);
  const ask = askerOf(server);
  const ids = await renewed(ask);
  const mutator = new Mutator({ routes, ids, authorization: `Bearer ${server.key}`, seed });
  const outcome: Outcome = { sent: 0, unsendable: 0, unread: 0, repeated: 0, statuses: new Map(), wrong: [] };
  const one = async () => {
    let shot = mutator.next();
    while (erases(shot)) shot = mutator.next();
    const found = await judge(http, shot, outcome);
    if (!found) return;
    outcome.wrong.push(`${found}: ${show(shot)}`);
    if (outcome.wrong.length <= MOST_SHOWN) console.error(`fuzz: ${outcome.wrong.at(-1)}`);
  };
  for (let done = 0; done < requests; ) {
    if (done > 0) Object.assign(ids, await renewed(ask));
    const until = Math.min(requests, done + RENEW_EVERY);
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (done < until) {
          done += 1;
          if (done % 250 === 0) watch.look();
          await one();
        }
      }),
    );
    console.error(`fuzz: ${done} of ${requests}, ${outcome.wrong.length} wrong, ${watch.now()}`);
  }
  http.close();
  return { ...outcome, repeated: http.repeated };
}

/** A user who is being erased is answered 503 for a moment, rightly: that has drills of its own. */
const erases = ({ path, init }: Shot) => init.method === 'DELETE' && /^\/api\/v1\/users\/fuzz([?#]|$)/.test(path);

async function judge(http: RawHttp, { path, init }: Shot, outcome: Outcome): Promise<string | null> {
  try {
    const answer = await http.send(path, init);
    if (answer === null) {
      outcome.unsendable += 1;
      return null;
    }
    outcome.sent += 1;
    // the Worker would have named the request
    if ([400, 501].includes(answer.status) && answer.headers.get('x-request-id') === null) {
      outcome.unread += 1;
      return null;
    }
    outcome.statuses.set(answer.status, (outcome.statuses.get(answer.status) ?? 0) + 1);
    const found = fault({ ...answer, body: problemOf(answer.text) }, init.method);
    return found && answer.status >= 500 ? `${found} ${answer.text.slice(0, 300)}` : found;
  } catch (error) {
    return String(error);
  }
}

function problemOf(text: string): Problem | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function show({ path, init }: Shot): string {
  const headers = new Headers(init.headers);
  headers.delete('authorization');
  const { method, body } = init;
  return JSON.stringify({ method, path: path.slice(0, 300), headers: [...headers], body: String(body).slice(0, 300) });
}

async function routesFrom(url: string): Promise<Route[]> {
  const api = (await (await fetch(`${url}/openapi.json`)).json()) as ApiDescription;
  return routesOf(api).filter(({ template }) => template.startsWith('/api/'));
}

const askerOf = ({ url, key }: Server): Asker => ({
  send: async (method, path, body) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const reply = await fetch(`${url}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) };
  },
});

async function renewed(ask: Asker): Promise<Record<string, string>> {
  for (let tries = 1; ; tries++) {
    try {
      return await idsOf(ask);
    } catch (error) {
      if (tries === RENEW_TRIES) throw error;
      console.error(`fuzz: ${String(error).slice(0, 300)}; once more`);
      await sleep(2_000);
    }
  }
}

async function idsOf(ask: Asker): Promise<Record<string, string>> {
  for (const kind of BOUNDED) {
    const held = await ask.send<{ items?: { id: string }[] }>('GET', `/users/${USER}/${kind}?limit=100`);
    for (const { id } of held.body.items ?? []) await ask.send('DELETE', `/users/${USER}/${kind}/${id}`);
  }
  const ids = await populate(ask, USER, 'fuzz-erased');
  const made = await ask.send<{ items: { id: string }[] }>('GET', `/users/${USER}/reconstructions`);
  return { ...ids, message_id: 'h0', memory_id: 'h1', reconstruction_id: made.body.items[0]?.id ?? 'none' };
}

function summary(outcome: Outcome, watch: MemoryWatch, requests: number, seconds: number, report: Report): string[] {
  const { sent, statuses, wrong, repeated } = outcome;
  const count = (fits: (status: number) => boolean) =>
    [...statuses].reduce((sum, [status, n]) => sum + (fits(status) ? n : 0), 0);
  const { middle, late, most, samples } = watch.figures();
  const mb = (bytes: number) => Math.round(bytes / 2 ** 20);
  const requestsOf = (metric: string, value: number) =>
    report({ metric, value, unit: 'requests', n: sent, baseline: null });
  requestsOf('sent', sent);
  requestsOf('unsendable', outcome.unsendable);
  requestsOf('unread', outcome.unread);
  requestsOf('repeated', repeated);
  requestsOf(
    'answers/500+',
    count((status) => status >= 500),
  );
  requestsOf(
    'answers/4xx',
    count((status) => status >= 400 && status < 500),
  );
  requestsOf(
    'answers/2xx',
    count((status) => status < 300),
  );
  report({ metric: 'wrong', value: wrong.length, unit: 'requests', n: sent, baseline: 0 });
  report({ metric: 'rate', value: Math.round(requests / seconds), unit: 'requests/s', n: sent, baseline: null });
  report({ metric: 'memory/middle', value: mb(middle), unit: 'MiB', n: samples, baseline: null });
  report({ metric: 'memory/late', value: mb(late), unit: 'MiB', n: samples, baseline: mb(middle) });
  report({ metric: 'memory/slope', value: Math.round(watch.slope() / 1_024), unit: 'KiB/s', n: samples, baseline: 0 });
  report({ metric: 'memory/most', value: mb(most), unit: 'MiB', n: samples, baseline: null });
  const grew = requests >= MIN_JUDGED && late - middle > MAX_GROWTH_BYTES;
  const growth = grew ? [`memory grew from ${mb(middle)} to ${mb(late)} MiB`] : [];
  return [...wrong.slice(0, MOST_SHOWN), ...growth];
}
