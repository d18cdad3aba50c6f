import { neon, neonConfig } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';
import * as schema from '../../drizzle/schema.ts';

interface DbEnv {
  DATABASE_URL: string;
  /** `host:port` of scripts/neon-proxy.ts; empty with a real Neon database */
  NEON_LOCAL_PROXY: string;
}

/** A request that takes longer is given up: the outbox repeats it, and a route must not hang. */
const REQUEST_TIMEOUT_MS = 15_000;

neonConfig.fetchFunction = async (url: string, init: RequestInit): Promise<Response> => {
  // not AbortSignal.timeout(): its timer lives on after the answer and keeps a Durable Object from falling asleep
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(url, { ...init, signal: late.signal });
    return new Response(await response.arrayBuffer(), response); // read here, so that the time counts for the body too
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Postgres over Neon's HTTP protocol: each query is one request, `batch` is one transaction in one request.
 * Holds no connection, so it may be made once an isolate. The proxy's address is module-global in the driver.
 */
export function openDb(env: DbEnv) {
  if (env.NEON_LOCAL_PROXY) neonConfig.fetchEndpoint = () => `http://${env.NEON_LOCAL_PROXY}/sql`;
  return drizzle({ client: neon(env.DATABASE_URL), schema });
}

export type Db = ReturnType<typeof openDb>;
