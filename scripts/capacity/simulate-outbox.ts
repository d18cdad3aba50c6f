import { seeded } from '../../src/statistics/seeded.ts';
import { backoffMs } from '../../src/tasks/backoff.ts';
import { dayCurve } from './day-curve.ts';
import { TimeQueue } from './time-queue.ts';

/** What is simulated. Times in seconds. */
export interface OutboxModel {
  /** messages a second, on average over the day */
  rate: number;
  /** how much more than that at the busiest time; 1: always the same */
  peakFactor: number;
  /** how long messages come in */
  duration: number;
  /** how long an object gathers changes before it asks */
  gather: number;
  /** consumers at once, over all queues */
  consumers: number;
  /** messages that a consumer takes at once, and how long it waits for that many */
  batch: { size: number; wait: number };
  /** of one batch; exponential for the closed form, else log-normal with this coefficient of variation */
  service: { mean: number; variation: number | 'exponential' };
  /** while Postgres is away each try ends after `failAfter` and is repeated with the backoff of the queue's consumer */
  outage?: { from: number; to: number; failAfter: number };
  seed: number;
  /** messages to simulate: of more, every n-th, with so many fewer consumers. Small systems queue more, so it errs on the safe side */
  budget: number;
}

export interface OutboxResult {
  /** of the system that was simulated, in (0, 1] */
  share: number;
  /** that were simulated */
  messages: number;
  /** from the acceptance of a message until Postgres has it, of messages an hour or more away from the outage */
  lag: { p50: number; p99: number };
  /** longest lag of all */
  longestLag: number;
  /** most messages that Postgres does not have at one time, in the whole system */
  backlog: number;
  /** mean time in the queue before a consumer first takes a message */
  meanWait: number;
  /** share of the time that consumers work, over the whole run */
  utilisation: number;
  /** from the end of the outage until Postgres has all that was accepted before that; 0 without one */
  drain: number;
}

interface Message {
  acceptedAt: number;
  readyAt: number;
  tries: number;
}
/** A message comes to the queue, consumers look whether they have waited long enough, or one of them has finished. */
type Event =
  | { kind: 'ready'; message: Message }
  | { kind: 'look' }
  | { kind: 'done'; batch: Message[]; isSaved: boolean };

const HOUR = 3_600;

/** Runs the way of messages from the object to Postgres, event by event. The same model gives the same result. */
export function simulateOutbox(model: OutboxModel): OutboxResult {
  const { duration, outage } = model;
  const { share, consumers } = thinned(model);
  const random = seeded(model.seed);
  const events = new TimeQueue<Event>();
  const nextArrival = arrivals(model.rate * share, model.peakFactor, random);
  const service = serviceTimes(model.service, random);
  const waiting: Message[] = [];
  let [head, free, now, lookAt] = [0, consumers, 0, -1];
  let [underWay, backlog, accepted, waited, worked, lastOfOutage] = [0, 0, 0, 0, 0, 0];
  const lags: number[] = [];
  let longestLag = 0;

  const serve = (batch: Message[]) => {
    free--;
    for (const message of batch) if (message.tries === 0) waited += now - message.readyAt;
    const isAway = outage !== undefined && now >= outage.from && now < outage.to;
    const takes = isAway ? outage.failAfter : service();
    worked += takes;
    events.add(now + takes, { kind: 'done', batch, isSaved: !isAway });
  };
  const take = () => {
    while (free > 0 && head < waiting.length) {
      const since = waiting[head]!.readyAt;
      const isFull = waiting.length - head >= model.batch.size;
      if (!isFull && now < since + model.batch.wait) {
        if (lookAt !== since + model.batch.wait) {
          lookAt = since + model.batch.wait;
          events.add(lookAt, { kind: 'look' });
        }
        return;
      }
      const batch = waiting.slice(head, head + model.batch.size);
      head += batch.length;
      if (head > 10_000 && 2 * head > waiting.length) {
        waiting.splice(0, head);
        head = 0;
      }
      serve(batch);
    }
  };
  const finish = (batch: Message[], isSaved: boolean) => {
    free++;
    for (const message of batch) {
      if (!isSaved) {
        message.tries++;
        message.readyAt = now + backoffMs(message.tries, random()) / 1_000;
        events.add(message.readyAt, { kind: 'ready', message });
        continue;
      }
      underWay--;
      const lag = now - message.acceptedAt;
      longestLag = Math.max(longestLag, lag);
      if (!outage || message.acceptedAt < outage.from - HOUR || message.acceptedAt > outage.to + HOUR) lags.push(lag);
      if (outage && message.acceptedAt < outage.to) lastOfOutage = Math.max(lastOfOutage, now);
    }
  };

  for (let arrival = nextArrival(0); ; ) {
    if (arrival < duration && arrival <= events.nextAt) {
      now = arrival;
      accepted++;
      backlog = Math.max(backlog, ++underWay);
      const message = { acceptedAt: now, readyAt: now + model.gather, tries: 0 };
      events.add(message.readyAt, { kind: 'ready', message });
      arrival = nextArrival(now);
      continue;
    }
    const at = events.nextAt;
    const event = events.take();
    if (!event) break;
    now = at;
    if (event.kind === 'ready') waiting.push(event.message);
    if (event.kind === 'done') finish(event.batch, event.isSaved);
    take();
  }
  lags.sort((a, b) => a - b);
  return {
    ...{ share, messages: accepted, longestLag, backlog: backlog / share, meanWait: waited / Math.max(1, accepted) },
    lag: { p50: quantile(lags, 0.5), p99: quantile(lags, 0.99) },
    utilisation: worked / (consumers * Math.max(now, duration)),
    drain: outage ? Math.max(0, lastOfOutage - outage.to) : 0,
  };
}

/** A system small enough to be simulated: a whole number of consumers, and the share of messages that goes with them. */
function thinned({ rate, duration, budget, consumers }: OutboxModel): { share: number; consumers: number } {
  const wanted = Math.min(1, budget / (rate * duration));
  const kept = Math.max(1, Math.floor(consumers * wanted));
  return { share: wanted === 1 ? 1 : kept / consumers, consumers: wanted === 1 ? consumers : kept };
}

/** A Poisson process with a rate that changes over the day, by thinning one of the highest rate. @returns the time after `now` */
function arrivals(rate: number, peakFactor: number, random: () => number): (now: number) => number {
  const curve = dayCurve(peakFactor);
  return (now) => {
    for (let at = now; ; ) {
      at -= Math.log(1 - random()) / (rate * peakFactor);
      if (random() * peakFactor <= curve(at)) return at;
    }
  };
}

function serviceTimes({ mean, variation }: OutboxModel['service'], random: () => number): () => number {
  if (variation === 'exponential') return () => -mean * Math.log(1 - random());
  const sigma = Math.sqrt(Math.log(1 + variation ** 2));
  const mu = Math.log(mean) - sigma ** 2 / 2;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return () => Math.exp(mu + sigma * normal());
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
