import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { ask, type ProductApi } from './api.ts';
import type { Ledger } from './ledger.ts';
import { sentence } from './people.ts';
import type { RunningApp } from './served.ts';

export const MESSAGES_EACH = 20;
export const EVERY_MS = 1_000;
const ANSWER_MS = 15_000;
/** Visits after which a person asks to be forgotten: so nobody's history, which is held while they are there, grows on. */
const VISITS_KEPT = 3;

/** What visits of one app came to. */
export interface Books {
  ledger: Ledger;
  visits: number;
  errors: number;
}

interface Visit {
  person: number;
  /** how often they have been there before */
  before: number;
}

/** One visit to the product: at times an erasure, then a message by HTTP, a talk of twenty seconds by a socket, a search. */
export async function visitProduct(app: RunningApp, api: ProductApi, visit: Visit, books: Books): Promise<void> {
  const user = `s${visit.person}`;
  const hello = {
    user_id: user,
    content: `Here I am, for the ${visit.before}th time.`,
    message_id: `${user}-hello-${visit.before}`,
  };
  await noting(books, async () => {
    // not all in the same round
    const isForgotten = visit.before > 0 && (visit.before + visit.person) % VISITS_KEPT === 0;
    if (isForgotten) await api.json('DELETE', `/users/${user}`);
    await api.json('POST', '/message', hello);
    const search = { query: 'Where did we walk?', top_k: 5 };
    const last = () => api.json('POST', `/users/${user}/memories/search`, search);
    await talk(app, `/api/v1/ws/user/${user}`, visit, books, last);
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** The same visit to the floor app, which has nothing to search in. */
export async function visitFloor(app: RunningApp, visit: Visit, books: Books): Promise<void> {
  const user = `s${visit.person}`;
  await noting(books, async () => {
    const { status } = await ask(
      agent,
      `${app.url}/${user}`,
      null,
      'POST',
      `Here I am, for the ${visit.before}th time.`,
    );
    if (status !== 202) throw new Error(`the floor app answered ${status}`);
    await talk(app, `/${user}`, visit, books, async () => {});
  });
}

async function noting(books: Books, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    books.errors++;
  }
  books.visits++;
}

/** @param last done before the last answer is waited for */
async function talk(
  app: RunningApp,
  route: string,
  { person, before }: Visit,
  books: Books,
  last: () => Promise<unknown>,
): Promise<void> {
  const { ledger } = books;
  const nameOf = (k: number) => `s${person}-${before}-${k}`;
  const headers = app.key === null ? {} : { authorization: `Bearer ${app.key}` };
  const socket = new WebSocket(app.url.replace('http', 'ws') + route, { headers, perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('error', () => books.errors++);
  socket.on('message', (data) => {
    const { type, message_id } = JSON.parse(String(data)) as { type: string; message_id?: string };
    if (type === 'ack' && message_id) ledger.acknowledged(message_id);
  });
  for (let k = 0; k < MESSAGES_EACH; k++) {
    const name = nameOf(k);
    ledger.sent(name);
    const content = sentence(person, before * MESSAGES_EACH + k);
    socket.send(JSON.stringify({ type: 'message', message_id: name, content }));
    await sleep(EVERY_MS);
  }
  await last();
  for (let waited = 0; waited < ANSWER_MS && !ledger.isAnswered(nameOf(MESSAGES_EACH - 1)); waited += 50)
    await sleep(50);
  socket.close();
}
