import type { Hello, LiveEvent } from '../../src/live/contract.ts';
import { greeting, MAX_SOCKETS } from '../../src/live/resume.ts';
import { count, gauge } from '../../src/metrics/recorder.ts';
import type { Stores } from '../stores/stores.ts';
import { keepState } from './socket-state.ts';

/** The hibernating sockets of one object. A socket needs no memory of its own: the log has the sequence numbers. */
export function liveSockets(ctx: DurableObjectState, events: Stores['events']) {
  return {
    isFull: () => ctx.getWebSockets().length >= MAX_SOCKETS,
    /** @param keyHash of the API key that asks; null: a ticket does */
    open(since: number | null, keyHash: string | null): Response {
      const { 0: client, 1: server } = new WebSocketPair();
      ctx.acceptWebSocket(server);
      count('websocket_opened_total');
      gauge('websocket_connections', 1);
      keepState(server, { keyHash });
      // answered without waking the object
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
      for (const event of greeting(events, since)) server.send(JSON.stringify(event));
      return new Response(null, { status: 101, webSocket: client });
    },
    broadcast(news: readonly (LiveEvent | Hello)[], except: WebSocket | null): void {
      const sockets = ctx.getWebSockets().filter((socket) => socket !== except);
      if (sockets.length === 0) return;
      count('websocket_messages_total', { direction: 'out' }, sockets.length * news.length);
      for (const event of news) {
        const text = JSON.stringify(event);
        for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.send(text);
      }
    },
  };
}

/**
 * The close handshake of a hibernating object is ours. 1005 stands for a close without a code, and is answered by one;
 * 1006 and 1015 were never sent, and there is nobody to answer.
 */
export function answerClose(socket: WebSocket, code: number, reason: string): void {
  gauge('websocket_connections', -1);
  if (code === 1005) socket.close();
  else if (code !== 1006 && code !== 1015) socket.close(code, reason);
}
