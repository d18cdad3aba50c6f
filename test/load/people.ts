import { setTimeout as sleep } from 'node:timers/promises';
import { each, type ProductApi } from './api.ts';
import type { RunningApp } from './served.ts';

export const userName = (user: number) => `u${user}`;

/** Sentences of everyday length (14 words), all different. */
export const sentence = (user: number, k: number) =>
  `Day ${k}: we walked along the river to the market and talked about plan ${user * 1_000 + k}`;

/** What user `user` says over a socket. */
export const spoken = (user: number, k: number, name: string) =>
  JSON.stringify({ type: 'message', message_id: name, conversation_id: 'load', content: sentence(user, k) });

export const socketUrl = (app: RunningApp) => (user: number) =>
  app.url.replace('http', 'ws') + (app.name === 'product' ? `/api/v1/ws/user/${userName(user)}` : `/${userName(user)}`);

/** Makes `count` people, each with one message. */
export const seed = (api: ProductApi, count: number): Promise<void> =>
  each(count, 8, async (user) => {
    const body = { user_id: userName(user), content: `Hello, I am person number ${user}.`, message_id: `seed-${user}` };
    await api.json('POST', '/message', body);
  });

export interface Drained {
  seconds: number;
  /** accepted messages that have no vector, or are not in Postgres, after the drain */
  unprocessed: number;
  /** tasks that failed */
  failed: number;
}

const POLL_MS = 1_000;

/**
 * Waits until every one of `expected` messages has its vector and is in Postgres, then asks each person's object whether
 * it agrees. It gives up when nothing has moved for a while, and after `longestMs`.
 */
export async function drained(
  api: ProductApi,
  people: number,
  expected: number,
  longestMs: number,
  note: (text: string) => void,
): Promise<Drained> {
  const started = performance.now();
  const stallMs = 120_000;
  let [best, movedAt] = [-1, started];
  for (;;) {
    const { messages, memories } = await api.saved();
    const ready = Math.min(messages, memories);
    const now = performance.now();
    if (ready > best) [best, movedAt] = [ready, now];
    if (ready >= expected || now - movedAt > stallMs || now - started > longestMs) break;
    note(`draining: ${ready} of ${expected} messages are processed and saved`);
    await sleep(POLL_MS);
  }
  const seconds = (performance.now() - started) / 1_000;
  const sum = { unprocessed: 0, failed: 0 };
  await each(people, 8, async (user) => {
    const status = await settledStatus(api, userName(user));
    sum.unprocessed += status.pending + (status.outbox > 0 ? 1 : 0);
    sum.failed += status.failed;
  });
  const { messages, memories } = await api.saved();
  const missing = Math.max(0, expected - Math.min(messages, memories));
  return { seconds, unprocessed: Math.max(sum.unprocessed, missing), failed: sum.failed };
}

/** Confirmation travels back to the object a moment after Postgres has the rows. */
async function settledStatus(api: ProductApi, user: string) {
  for (let tries = 0; ; tries++) {
    const status = await api.status(user);
    if ((status.pending === 0 && status.outbox === 0) || tries === 30) return status;
    await sleep(500);
  }
}

/** How often the store of each person holds each message, by name. */
export async function storedMessages(api: ProductApi, people: number): Promise<Map<string, number>> {
  const stored = new Map<string, number>();
  await each(people, 8, (user) => api.storedOf(userName(user), stored));
  return stored;
}
