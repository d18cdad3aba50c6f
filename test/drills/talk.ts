import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Server } from '../../scripts/server.ts';
import type { Acknowledgement, SocketError } from '../../src/live/contract.ts';

export interface TalkOptions {
  server: Pick<Server, 'url' | 'key'>;
  user: string;
  /** its messages are named after it */
  name: string;
  /** between two messages */
  pauseMs: number;
  random: () => number;
  /** a message was acknowledged */
  onAcknowledged(messageId: string): void;
}

/** So many may be said and not acknowledged: they come faster than they are answered, and share tasks. */
const MOST_OPEN = 32;
/** One in so many messages is said again though it was acknowledged. */
const AGAIN = 0.1;
const RECONNECT_MS = 200;

/**
 * One socket over which messages are said as a careful application says them: without waiting for each answer, what was
 * not acknowledged again over the next socket, and now and then something once more.
 */
export class Talk {
  sent = 0;
  /** errors that no careful application should be told */
  readonly wrong: string[] = [];
  private readonly open = new Map<string, string>();
  private readonly options: TalkOptions;
  private socket: WebSocket | null = null;
  private isOver = false;
  private readonly ended: Promise<unknown>;

  constructor(options: TalkOptions) {
    this.options = options;
    this.ended = Promise.all([this.speak(), this.keepOpen()]);
  }

  /** Says what is under way until it is acknowledged. */
  async stop(): Promise<void> {
    this.isOver = true;
    await this.ended;
    this.socket?.close();
  }

  private async speak(): Promise<void> {
    const { name, pauseMs, random } = this.options;
    for (let n = 0; !this.isOver; n++) {
      while (this.open.size >= MOST_OPEN) await sleep(pauseMs);
      const id = `${name}-${n}`;
      const content = `Line ${n} of ${name}: the tide was ${n % 7} fingers high`;
      const said = JSON.stringify({ type: 'message', message_id: id, content });
      this.open.set(id, said);
      this.sent++;
      for (let times = random() < AGAIN ? 2 : 1; times > 0; times--) this.say(said);
      await sleep(pauseMs);
    }
  }

  private say(said: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(said);
  }

  private async keepOpen(): Promise<void> {
    while (!this.isOver || this.open.size > 0) {
      await this.connection();
      await sleep(RECONNECT_MS);
    }
  }

  /** Opens a socket, says what is open, and stays until it is closed or all is done. */
  private async connection(): Promise<void> {
    const { server, user } = this.options;
    const url = `${server.url.replace('http', 'ws')}/api/v1/ws/user/${user}`;
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${server.key}` }, handshakeTimeout: 10_000 });
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()).on('error', () => resolve()));
    socket.on('message', (data) => this.hear(JSON.parse(String(data))));
    socket.once('open', () => {
      this.socket = socket;
      for (const said of this.open.values()) socket.send(said);
    });
    while (await Promise.race([closed.then(() => false), sleep(RECONNECT_MS, true)])) {
      if (this.isOver && this.open.size === 0) return;
    }
    socket.terminate();
  }

  private hear(event: Acknowledgement | SocketError | { type: 'hello' }): void {
    if (event.type === 'ack') {
      this.open.delete(event.message_id);
      this.options.onAcknowledged(event.message_id);
    } else if (event.type === 'error') {
      const { code, message_id } = event;
      const isRefusal = code === 'unavailable' || code === 'rate_limited';
      if (!isRefusal && this.wrong.length < 20) this.wrong.push(`over a socket: ${code} ${event.detail.slice(0, 200)}`);
      const said = message_id === undefined ? undefined : this.open.get(message_id);
      if (said) setTimeout(() => this.say(said), 1_000);
    }
  }
}
