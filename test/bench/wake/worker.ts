import { DurableObject } from 'cloudflare:workers';
import { BucketTree } from '../../../src/spatial/bucket-tree.ts';

interface Env {
  PALACE: DurableObjectNamespace<Palace>;
}

/** Keeps the pieces of a snapshot as rows. */
export class Palace extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS piece (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
  }

  async keep(piece: ArrayBuffer): Promise<void> {
    this.ctx.storage.sql.exec('INSERT INTO piece (bytes) VALUES (?)', piece);
  }

  /** Reads the points into a new index and asks it once. How many points it holds. */
  async wake(): Promise<number> {
    const index = new BucketTree('points');
    const rows = this.ctx.storage.sql.exec<{ bytes: ArrayBuffer }>('SELECT bytes FROM piece').toArray();
    if (rows.length === 0) return 0;
    index.load(rows.map((row) => row.bytes));
    index.nearest(new Float32Array(3), 10, new Uint32Array(10), new Float64Array(10));
    return index.size;
  }
}

// biome-ignore lint/style/noDefaultExport: workerd wants the entry point there
export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname;
    if (name === '/health/ready') return Response.json({ status: 'ready' });
    const palace = env.PALACE.getByName(name);
    if (request.method === 'GET') return Response.json(await palace.wake());
    await palace.keep(await request.arrayBuffer());
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Env>;
