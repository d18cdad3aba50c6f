import { DurableObject } from 'cloudflare:workers';

interface Env {
  FLOOR: DurableObjectNamespace<Floor>;
}

/** Inserts the body into SQLite, nothing else. */
export class Floor extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS body (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  }

  async put(text: string): Promise<number> {
    return this.ctx.storage.sql.exec<{ id: number }>('INSERT INTO body (text) VALUES (?) RETURNING id', text).one().id;
  }
}

export default {
  async fetch(request, env) {
    const user = new URL(request.url).pathname;
    if (user === '/health/ready') return Response.json({ status: 'ready' });
    const id = await env.FLOOR.getByName(user).put(await request.text());
    return Response.json({ id }, { status: 202 });
  },
} satisfies ExportedHandler<Env>;
