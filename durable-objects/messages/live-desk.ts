import type { Owner } from '../../src/auth/contract.ts';
import type { Env } from '../../src/env.ts';
import type { LiveEvent, NewEvent } from '../../src/live/contract.ts';
import { TOO_MANY_SOCKETS_STATUS } from '../../src/live/resume.ts';
import { admitSpeaker, KEY_HASH_HEADER } from '../../src/live/speaker.ts';
import type { PreparedMessage } from '../../src/messages/natural-key.ts';
import { count } from '../../src/metrics/recorder.ts';
import type { Outcome } from '../../src/shared/errors.ts';
import type { PalaceWork } from '../palace/palace-work.ts';
import { Visitors } from '../palace/visitors.ts';
import type { Stores } from '../stores/stores.ts';
import type { Heard } from './intake.ts';
import { Listener } from './listener.ts';
import { liveSockets } from './live-sockets.ts';

export interface LivePorts {
  ctx: DurableObjectState;
  env: Env;
  stores: Stores;
  palaces: PalaceWork;
  /** whose object this is; null: nobody's any more */
  owner(): Owner | null;
  hear(owner: Owner, message: PreparedMessage, speaker: WebSocket): Outcome<Heard>;
}

/** All that happens over the sockets of one object. */
export class LiveDesk {
  readonly visitors: Visitors;
  private readonly sockets: ReturnType<typeof liveSockets>;
  private readonly listener: Listener;
  private readonly stores: Stores;

  constructor({ ctx, env, stores, palaces, owner, hear }: LivePorts) {
    this.stores = stores;
    this.sockets = liveSockets(ctx, stores.events);
    this.visitors = new Visitors(ctx, stores, palaces);
    this.listener = new Listener({
      owner,
      hear,
      admit: (of, keyHash) => admitSpeaker(env, of, keyHash, (work) => ctx.waitUntil(work)),
      position: (socket, said) => this.visitors.hear(socket, said),
    });
  }

  /** Where there is room: asked here and not before, since others may open one between a question and this. */
  open(request: Request): Response {
    if (this.sockets.isFull()) {
      count('rate_limited_total', { limit: 'sockets' });
      return new Response(null, { status: TOO_MANY_SOCKETS_STATUS });
    }
    const since = new URL(request.url).searchParams.get('since');
    return this.sockets.open(since === null ? null : Number(since), request.headers.get(KEY_HASH_HEADER));
  }

  hear(socket: WebSocket, said: string | ArrayBuffer): Promise<void> | undefined {
    count('websocket_messages_total', { direction: 'in' });
    return this.listener.hear(socket, said);
  }

  /** The log first, then the sockets: who was not listening reads it later. Not within a transaction, which may roll back. */
  announce(news: readonly NewEvent[]): void {
    const now = Date.now();
    this.broadcast(news.map((event) => this.stores.events.add(event, now)));
  }

  /** Tells the sockets of events that are in the log, or follow from what is stored. @param except is told another way */
  broadcast(events: readonly LiveEvent[], except: WebSocket | null = null): void {
    if (events.length > 0) this.sockets.broadcast(events, except);
  }
}
