import type { EmbeddingPort } from './embedding/embedder.ts';
import type { RerankPort } from './embedding/reranker.ts';
import type { TextModelEnv } from './llm/config.ts';
import type { TraceEnv } from './metrics/trace.ts';
import type { BulkMessage, SyncMessage } from './tasks/messages.ts';

/** What wrangler.toml binds. */
export interface Env extends TextModelEnv, TraceEnv {
  USER_MEMORY: DurableObjectNamespace;
  METRICS_HUB: DurableObjectNamespace;
  TENANT_LEDGER: DurableObjectNamespace;
  EMBEDDER: EmbeddingPort & RerankPort & { warm(): Promise<unknown>; forget(scope: string): Promise<unknown> };
  SYNC: Queue<SyncMessage>;
  /** names of queues that people are spread over, for example `SYNC,SYNC_2`; empty: SYNC alone. See src/tasks/sync-queue.ts */
  SYNC_QUEUES?: string;
  /** work that takes minutes */
  BULK: Queue<BulkMessage>;
  KV: KVNamespace;
  ASSETS: Fetcher;
  /** only where Workers AI is bound */
  AI?: Ai;
  /** Postgres connection string, read by the Neon driver */
  DATABASE_URL: string;
  /** requests one isolate works on at a time; empty: the default of src/http/shed.ts */
  MAX_IN_FLIGHT?: string;
  /** `off`: nothing is counted; see src/metrics */
  METRICS?: string;
  /** objects that the sums are spread over; empty: one */
  METRICS_SHARDS?: string;
  /** what a Prometheus sends to read /metrics; empty: a key with the scope `admin` alone may */
  METRICS_TOKEN?: string;
  /** which version is deployed; only where it is bound */
  CF_VERSION_METADATA?: WorkerVersionMetadata;
  /** `debug`: the way of each request is logged too. See src/shared/log.ts */
  LOG_LEVEL?: string;
  /** host:port of the local Neon proxy; empty in production */
  NEON_LOCAL_PROXY: string;
  /** signs receipts and archives, and hides who was erased; empty: neither can be had. See src/auth/service-secret.ts */
  SERVICE_SECRET: string;
  /** `on`: vectors are written plainly, too, where `npm run migrate -- vectors up` has made their table; empty: never */
  VECTOR_INDEX: string;
  /** JSON: by tenant for how many days what is kept; empty: until it is deleted. See src/person/retention/contract.ts */
  RETENTION: string;
  /** `name:secret`, the first wraps the data keys of users; empty: nothing is saved in Postgres. See src/persistence/sealing */
  ENCRYPTION_KEYS: string;
  /** JSON: by tenant the origins whose pages may ask; empty: none. See src/http/cors.ts */
  ALLOWED_ORIGINS: string;
  /** `name:secret`, the first signs tickets; empty: there are none. See src/auth/ticket.ts */
  TICKET_KEYS: string;
  /** Cloudflare's rate-limit binding, for failed attempts by address; only where it is bound */
  FAILURES?: RateLimit;
  /** for example `workers-ai,onnx`; empty: what is bound decides */
  EMBEDDING_TIERS: string;
  /** base URL of the GPU origin; empty: there is none, and bulk work is done here or refused. See src/gpu-origin */
  GPU_ORIGIN_URL: string;
  /** shared with it, at least 32 random characters */
  GPU_ORIGIN_SECRET: string;
  /** `workers-ai`: searches that ask for it are re-ranked; empty: none is */
  RERANK_TIER: string;
}
