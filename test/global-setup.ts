import type { TestProject } from 'vitest/node';
import { startServices } from './helpers/services.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
    neonProxy: string;
  }
}

/** One Postgres for all tests in workerd. Each test file should use tenants of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = await startServices();
  project.provide('databaseUrl', services.databaseUrl);
  project.provide('neonProxy', services.neonProxy);
  return services.stop;
}
