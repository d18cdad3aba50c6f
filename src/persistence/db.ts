import { neon, neonConfig } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';
import * as schema from '../../drizzle/schema.ts';
import { requestId } from '../shared/request-scope.ts';

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
    const response = await fetch(url, { ...init, body: named(init.body), signal: late.signal });
    return new Response(await response.arrayBuffer(), response); // read here, so that the time counts for the body too
  } finally {
    clearTimeout(timer);
  }
};

/**
 * The request that a statement is for, as a comment before it (sqlcommenter's form), so that it can be found in what
 * Postgres logs and shows of its work. Ids of requests hold nothing that could end a comment. Of a batch the first is named.
 */
function named(body: RequestInit['body']): RequestInit['body'] {
  const id = requestId();
  if (id === undefined || typeof body !== 'string' || !/^[\w=-]+$/.test(id)) return body;
  return body.replace(/^\{(?:"queries":\[\{)?"query":"/, (start) => `${start}/*request_id='${id}'*/ `);
}

/**
 * Postgres over Neon's HTTP protocol: each query is one request, `batch` is one transaction in one request.
 * Holds no connection, so it may be made once an isolate. The proxy's address is module-global in the driver.
 */
export function openDb(env: DbEnv): Db {
  if (env.NEON_LOCAL_PROXY) neonConfig.fetchEndpoint = () => `http://${env.NEON_LOCAL_PROXY}/sql`;
  if (held?.url !== env.DATABASE_URL) held = { url: env.DATABASE_URL, db: connect(env.DATABASE_URL) };
  return held.db;
}

/** Reading the schema takes a tenth of a millisecond or more, which a thousand objects at once would notice. */
let held: { url: string; db: Db } | undefined;

const connect = (url: string) => drizzle({ client: neon(url), schema });

export type Db = ReturnType<typeof connect>;
