import { env, exports } from 'cloudflare:workers';
import { hashKey, newApiKey } from '../../src/auth/api-key.ts';
import { insertKey, type NewKey } from '../../src/persistence/api-keys.ts';
import { openDb } from '../../src/persistence/db.ts';

export interface Reply<T> {
  status: number;
  headers: Headers;
  text: string;
  /** the parsed JSON; undefined for an empty or other body */
  body: T;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  request_id: string;
  errors?: { in: string; pointer: string; detail: string }[];
}

/** One request to the Worker, as the network would bring it. */
export async function call<T = Problem>(path: string, init: RequestInit = {}): Promise<Reply<T>> {
  const response = await exports.default.fetch(`https://api.test${path}`, init);
  const text = await response.text();
  const isJson = text !== '' && /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

export type Client = Awaited<ReturnType<typeof newClient>>;

/**
 * A key in Postgres and requests made with it. Without `tenantId` it belongs to a tenant of its own, so that no test
 * sees the data of another.
 */
export async function newClient(changes: Partial<NewKey> = {}) {
  const { key, prefix } = newApiKey();
  const stored: NewKey = {
    id: crypto.randomUUID(),
    tenantId: `tenant-${crypto.randomUUID()}`,
    name: 'test',
    hash: hashKey(key),
    prefix,
    scopes: ['ingest', 'read', 'profile'],
    userId: null,
    ratePerMinute: 10_000_000,
    expiresAt: null,
    ...changes,
  };
  await insertKey(openDb(env), stored, 'Test');
  const authorization = `Bearer ${key}`;
  const send = <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    call<T>(`/api/v1${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    });
  return {
    ...stored,
    key,
    authorization,
    send,
    get: <T = Problem>(path: string, headers?: Record<string, string>) => send<T>('GET', path, undefined, headers),
    post: <T = Problem>(path: string, body?: unknown, headers?: Record<string, string>) =>
      send<T>('POST', path, body, headers),
    delete: <T = Problem>(path: string) => send<T>('DELETE', path),
  };
}
