import type { EmbeddingPort } from './embedding/embedder.ts';
import type { RerankPort } from './embedding/reranker.ts';
import type { TextModelEnv } from './llm/config.ts';
import type { SyncMessage } from './tasks/messages.ts';

/** What wrangler.toml binds. */
export interface Env extends TextModelEnv {
  USER_MEMORY: DurableObjectNamespace;
  TENANT_LEDGER: DurableObjectNamespace;
  EMBEDDER: EmbeddingPort & RerankPort & { warm(): Promise<unknown>; forget(scope: string): Promise<unknown> };
  SYNC: Queue<SyncMessage>;
  KV: KVNamespace;
  ASSETS: Fetcher;
  /** only where Workers AI is bound */
  AI?: Ai;
  /** Postgres connection string, read by the Neon driver */
  DATABASE_URL: string;
  /** host:port of the local Neon proxy; empty in production */
  NEON_LOCAL_PROXY: string;
  /** signs receipts and archives, and hides who was erased; empty: neither can be had. See src/auth/service-secret.ts */
  SERVICE_SECRET: string;
  /** JSON: by tenant the origins whose pages may ask; empty: none. See src/http/cors.ts */
  ALLOWED_ORIGINS: string;
  /** `name:secret`, the first signs tickets; empty: there are none. See src/auth/ticket.ts */
  TICKET_KEYS: string;
  /** Cloudflare's rate-limit binding, for failed attempts by address; only where it is bound */
  FAILURES?: RateLimit;
  /** for example `workers-ai,onnx`; empty: what is bound decides */
  EMBEDDING_TIERS: string;
  /** `workers-ai`: searches that ask for it are re-ranked; empty: none is */
  RERANK_TIER: string;
}
