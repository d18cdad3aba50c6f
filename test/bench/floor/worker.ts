import { DurableObject } from 'cloudflare:workers';

interface Env {
  FLOOR: DurableObjectNamespace<Floor>;
}

/** Inserts the body, or what a socket says, into SQLite, nothing else. */
export class Floor extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS body (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  }

  async put(text: string): Promise<number> {
    return this.insert(text);
  }

  /** Only upgrades. */
  override async fetch(): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Keeps what is said, and answers `message_id` of it with the row. */
  override webSocketMessage(socket: WebSocket, said: string): void {
    const { message_id } = JSON.parse(said);
    socket.send(JSON.stringify({ type: 'ack', message_id, id: this.insert(said) }));
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    if (code === 1005) socket.close();
    else if (code !== 1006 && code !== 1015) socket.close(code, reason);
  }

  private insert(text: string): number {
    return this.ctx.storage.sql.exec<{ id: number }>('INSERT INTO body (text) VALUES (?) RETURNING id', text).one().id;
  }
}

export default {
  async fetch(request, env) {
    const user = new URL(request.url).pathname;
    if (user === '/health/ready') return Response.json({ status: 'ready' });
    if (request.headers.get('upgrade') === 'websocket') return env.FLOOR.getByName(user).fetch(request);
    const id = await env.FLOOR.getByName(user).put(await request.text());
    return Response.json({ id }, { status: 202 });
  },
} satisfies ExportedHandler<Env>;
