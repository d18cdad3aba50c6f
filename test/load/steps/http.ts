import { percentile } from '../analysis.ts';
import { type HttpResult, httpClients } from '../http-clients.ts';
import { Ledger } from '../ledger.ts';
import { drained, seed, sentence, storedMessages, userName } from '../people.ts';
import type { RunningApp } from '../served.ts';
import { reportTimes, type Stage } from '../stage.ts';

const LEVELS = [50, 100, 500, 1_000];
const FLOOR_SECONDS = 8;
const SECONDS = 12;

/** 50, then 100, 500 and 1,000 clients, each of which sends its next message when the last is acknowledged. */
export async function httpStep(stage: Stage): Promise<void> {
  const { users } = stage.options;
  const levels = users === null ? LEVELS : LEVELS.map((level) => Math.ceil((level * users) / 1_000));
  const people = Math.max(...levels);
  const ledger = new Ledger();
  const send = (app: RunningApp, clients: number, seconds: number, books: Ledger): Promise<HttpResult> => {
    stage.note(`${clients} clients send to the ${app.name} for ${seconds} s`);
    const isProduct = app.name === 'product';
    return httpClients({
      url: (client) => `${app.url}${isProduct ? '/api/v1/message' : `/${userName(client)}`}`,
      key: app.key,
      clients,
      seconds,
      series: `c${clients}`,
      ledger: books,
      body: (client, k, name) =>
        JSON.stringify({ user_id: userName(client), message_id: name, content: sentence(client, k) }),
    });
  };

  await seed(stage.api, people);
  const wait = stage.options.drainMinutes * 60_000;
  await drained(stage.api, people, people, wait, stage.note);
  const floors: HttpResult[] = [];
  for (const level of levels) floors.push(await send(stage.floor, level, FLOOR_SECONDS, new Ledger()));
  const products: HttpResult[] = [];
  for (const level of levels) products.push(await send(stage.product, level, SECONDS, ledger));
  const drain = await drained(stage.api, people, people + ledger.acknowledgedCount, wait, stage.note);
  stage.note('looking into every store');
  const balance = ledger.balance(await storedMessages(stage.api, people));

  const rateOf = ({ accepted, seconds }: HttpResult) => accepted / seconds;
  for (const [i, level] of levels.entries()) {
    const [product, floor] = [products[i]!, floors[i]!];
    const prefix = `http-1000/c${level}/`;
    reportTimes(stage, prefix, product.latencies, floor.latencies);
    const rate = { value: rateOf(product), unit: 'messages/s', n: product.accepted, baseline: rateOf(floor) };
    stage.report({ metric: `${prefix}rate`, ...rate });
  }
  const [product, floor] = [products.at(-1)!, floors.at(-1)!];
  const ratios = products.map((result, i) => rateOf(result) / rateOf(floors[i]!));
  const report = (metric: string, value: number, unit: string, n: number, baseline: number | null = null) =>
    stage.report({ metric: `http-1000/${metric}`, value, unit, n, baseline });
  report('lost', balance.lost, 'messages', balance.sent, 0);
  report('duplicated', balance.duplicated, 'messages', balance.sent, 0);
  report('errors', balance.errors, 'messages', balance.sent, 0);
  reportTimes(stage, 'http-1000/', product.latencies, floor.latencies);
  report('rate', rateOf(product), 'messages/s', product.accepted, rateOf(floor));
  report('ratio-rate', Math.min(...ratios), 'x floor', ledger.acknowledgedCount, 0.5);
  report('ratio-p95', percentile(product.latencies, 0.95) / percentile(floor.latencies, 0.95), 'x floor', 1);
  report('drain', drain.seconds, 's', balance.acknowledged);
  report('unprocessed', drain.unprocessed + drain.failed, 'messages', balance.acknowledged, 0);
  const points = (results: HttpResult[]) => results.map((result, i) => [levels[i]!, rateOf(result)] as const);
  stage.plot('Messages acknowledged a second, by HTTP clients', 'messages/s', [
    { name: 'product', points: points(products) },
    { name: 'floor app', points: points(floors) },
  ]);
}
