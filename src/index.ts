import { app } from './app.ts';
import type { Env } from './env.ts';
import { sweep } from './person/retention/handlers.ts';
import { consumeAny } from './tasks/bulk/consumer.ts';

export { EmbeddingService } from '../durable-objects/embedding-service.ts';
export { MetricsHub } from '../durable-objects/metrics-hub.ts';
export { TenantLedger } from '../durable-objects/tenant-ledger.ts';
export { UserMemory } from '../durable-objects/user-memory.ts';

export default { fetch: app.fetch, queue: consumeAny, scheduled: sweep } satisfies ExportedHandler<Env>;
