import { app } from './app.ts';
import type { Env } from './env.ts';
import { consume } from './tasks/consumer.ts';

export { EmbeddingService } from '../durable-objects/embedding-service.ts';
export { TenantLedger } from '../durable-objects/tenant-ledger.ts';
export { UserMemory } from '../durable-objects/user-memory.ts';

export default { fetch: app.fetch, queue: consume } satisfies ExportedHandler<Env>;
