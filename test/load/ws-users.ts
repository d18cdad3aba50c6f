import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { seeded } from '../../src/statistics/seeded.ts';
import { sorted } from './analysis.ts';
import { Ledger } from './ledger.ts';

export interface WsLoad {
  /** where user `i` connects */
  url(user: number): string;
  key: string | null;
  users: number;
  /** between two messages of one user */
  everyMs: number;
  seconds: number;
  /** before them, on the same sockets: messages are kept in the books, their times are not */
  warmUpSeconds: number;
  /** JSON of message `k` of user `i`; its `message_id` is `name` */
  say(user: number, k: number, name: string): string;
  /** names of this run begin with it */
  series: string;
}

export interface WsResult {
  ledger: Ledger;
  /** ms from saying a message to its acknowledgement, sorted */
  latencies: Float64Array;
  /** ms that the driver itself was late in saying a message, sorted: above some ms it measures itself */
  lateness: Float64Array;
  /** from the first message to the last acknowledgement, s */
  seconds: number;
  /** sockets that closed by themselves */
  dropped: number;
}

/** Unanswered messages are waited for so long at the end. */
const GRACE_MS = 20_000;
const OPEN_AT_ONCE = 50;
const OPEN_TIMEOUT_MS = 30_000;

/** Opens one socket for each user. @throws Error when one is refused */
export async function connectAll(load: Pick<WsLoad, 'url' | 'key' | 'users'>): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  const headers = load.key === null ? {} : { authorization: `Bearer ${load.key}` };
  for (let first = 0; first < load.users; first += OPEN_AT_ONCE) {
    const group = Array.from({ length: Math.min(OPEN_AT_ONCE, load.users - first) }, async (_, i) => {
      const socket = new WebSocket(load.url(first + i), {
        headers,
        perMessageDeflate: false,
        handshakeTimeout: OPEN_TIMEOUT_MS,
      });
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      return socket;
    });
    sockets.push(...(await Promise.all(group)));
  }
  return sockets;
}

/** Every user says one message each `everyMs`, at a phase of their own, whether the last was answered or not. */
export async function wsUsers(load: WsLoad): Promise<WsResult> {
  const sockets = await connectAll(load);
  try {
    return await talk(load, sockets);
  } finally {
    for (const socket of sockets) socket.terminate();
  }
}

async function talk(load: WsLoad, sockets: readonly WebSocket[]): Promise<WsResult> {
  const ledger = new Ledger();
  const saidAt = new Map<string, number>();
  const latencies: number[] = [];
  const lateness: number[] = [];
  let dropped = 0;
  let lastAck = 0;
  const started = performance.now() + 100;
  const measured = started + load.warmUpSeconds * 1_000;
  const hear = (text: string) => {
    if (!text.startsWith('{"type":"ack"') && !text.startsWith('{"type":"error"')) return; // an event
    const { type, message_id: name } = JSON.parse(text) as { type: string; message_id?: string };
    if (name === undefined) return;
    if (type === 'error') return ledger.refused(name);
    lastAck = performance.now();
    const at = saidAt.get(name);
    if (ledger.acknowledged(name) && at !== undefined && at >= measured) latencies.push(lastAck - at);
    saidAt.delete(name);
  };
  for (const socket of sockets) {
    socket.on('message', (data) => hear(String(data)));
    socket.on('error', () => {});
    socket.on('close', () => dropped++);
  }
  for (const { at, user, k } of schedule(load)) {
    const wait = started + at - performance.now();
    if (wait > 1) await sleep(wait);
    const now = performance.now();
    if (now >= measured) lateness.push(Math.max(0, now - started - at));
    const name = `${load.series}-${user}-${k}`;
    ledger.sent(name);
    saidAt.set(name, now);
    const socket = sockets[user]!;
    if (socket.readyState === WebSocket.OPEN) socket.send(load.say(user, k, name));
  }
  const deadline = performance.now() + GRACE_MS;
  while (ledger.unanswered > 0 && performance.now() < deadline) await sleep(50);
  const result = { ledger, latencies: sorted(latencies), lateness: sorted(lateness), dropped };
  return { ...result, seconds: (lastAck - started) / 1_000 };
}

/** Who says what when, in ms from the start. Phases are random, as those of people are, and the same in each run. */
function schedule({ users, everyMs, seconds, warmUpSeconds }: WsLoad): { at: number; user: number; k: number }[] {
  const random = seeded(users);
  const each = Math.floor(((warmUpSeconds + seconds) * 1_000) / everyMs);
  const times = Array.from({ length: users }, (_, user) => {
    const phase = random() * everyMs;
    return Array.from({ length: each }, (_, k) => ({ at: phase + k * everyMs, user, k }));
  });
  return times.flat().sort((a, b) => a.at - b.at);
}
