import type { EmbeddingPort } from './embedding/embedder.ts';
import type { SyncMessage } from './tasks/messages.ts';

/** What wrangler.toml binds. */
export interface Env {
  USER_MEMORY: DurableObjectNamespace;
  EMBEDDER: EmbeddingPort & { warm(): Promise<unknown> };
  SYNC: Queue<SyncMessage>;
  KV: KVNamespace;
  ASSETS: Fetcher;
  /** only where Workers AI is bound */
  AI?: Ai;
  /** Postgres connection string, read by the Neon driver */
  DATABASE_URL: string;
  /** host:port of the local Neon proxy; empty in production */
  NEON_LOCAL_PROXY: string;
  /** for example `workers-ai,onnx`; empty: what is bound decides */
  EMBEDDING_TIERS: string;
}
