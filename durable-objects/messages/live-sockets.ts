import type { Hello, LiveEvent } from '../../src/live/contract.ts';
import { greeting, MAX_SOCKETS } from '../../src/live/resume.ts';
import type { Stores } from '../stores/stores.ts';

/** The hibernating sockets of one object. A socket needs no memory of its own: the log has the sequence numbers. */
export function liveSockets(ctx: DurableObjectState, events: Stores['events']) {
  return {
    isFull: () => ctx.getWebSockets().length >= MAX_SOCKETS,
    open(since: number | null): Response {
      const { 0: client, 1: server } = new WebSocketPair();
      ctx.acceptWebSocket(server);
      // answered without waking the object
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
      for (const event of greeting(events, since)) server.send(JSON.stringify(event));
      return new Response(null, { status: 101, webSocket: client });
    },
    broadcast(news: readonly (LiveEvent | Hello)[]): void {
      const sockets = ctx.getWebSockets();
      if (sockets.length === 0) return;
      for (const event of news) {
        const text = JSON.stringify(event);
        for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.send(text);
      }
    },
  };
}

/** The close handshake of a hibernating object is ours. 1005, 1006 and 1015 were never sent and must not be answered. */
export function answerClose(socket: WebSocket, code: number, reason: string): void {
  if (code !== 1005 && code !== 1006 && code !== 1015) socket.close(code, reason);
}
