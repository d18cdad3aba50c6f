import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { Owner } from '../../src/auth/contract.ts';
import type { SyncMessage } from '../../src/tasks/messages.ts';
import { objectOf } from './person.ts';

/** What is billed for, counted where it happens. */
export interface Counted {
  /** RPC sessions and fetches that reach an object */
  objectRequests: number;
  rowsRead: number;
  rowsWritten: number;
  /** each is billed as a row written */
  alarmsSet: number;
  kvReads: number;
  kvWrites: number;
  queueMessages: number;
  /** HTTP requests to Postgres */
  postgresRequests: number;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Counts operations from now on, in every object and the Worker, which share this isolate in tests. The methods of the
 * platform's own classes are wrapped, so what is counted is what really happened; only the queue is put aside, so that
 * a test decides when its consumer runs.
 *
 * @param owner any object, to reach the classes through
 */
export async function startMeter(owner: Owner) {
  const counts: Record<Exclude<keyof Counted, 'rowsRead' | 'rowsWritten'>, number> = {
    ...{ objectRequests: 0, alarmsSet: 0, kvReads: 0, kvWrites: 0, queueMessages: 0, postgresRequests: 0 },
  };
  let cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  const sent: SyncMessage[] = [];
  let isAside = false;

  await runInDurableObject(objectOf(owner), (_object, { storage }) => {
    // a cursor knows what it has read only once it was used up, so it is asked later
    wrap(storage.sql, 'exec', (cursor) => cursors.push(cursor as (typeof cursors)[number]));
    wrap(storage, 'setAlarm', () => counts.alarmsSet++);
  });
  for (const name of ['get', 'getWithMetadata', 'list']) wrap(env.KV, name, () => counts.kvReads++);
  for (const name of ['put', 'delete']) wrap(env.KV, name, () => counts.kvWrites++);
  wrap(env.USER_MEMORY, 'getByName', (stub, namespace) =>
    isAside || namespace !== env.USER_MEMORY ? stub : countCalls(stub as object, () => counts.objectRequests++),
  );
  wrap(globalThis, 'fetch', () => counts.postgresRequests++); // the Neon driver is the only one who fetches
  env.SYNC = {
    send: async (message: SyncMessage) => {
      counts.queueMessages++;
      sent.push(message);
    },
  } as unknown as Queue<SyncMessage>;

  const sum = (column: 'rowsRead' | 'rowsWritten') => cursors.reduce((total, cursor) => total + cursor[column], 0);
  return {
    sent,
    /** For what a test asks of an object by itself: the stub that `work` takes first is the real one, and not counted. */
    aside<T>(work: () => T): T {
      isAside = true;
      try {
        return work();
      } finally {
        isAside = false;
      }
    },
    /** What was counted since the last call. */
    take(): Counted {
      const taken = { ...counts, rowsRead: sum('rowsRead'), rowsWritten: sum('rowsWritten') };
      for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] = 0;
      cursors = [];
      return taken;
    },
  };
}

/** Wraps a method where it is defined. What `after` answers, if it is an object, is given in place of the result. */
function wrap(of: object, name: string, after: (result: unknown, of: unknown) => unknown): void {
  const holder = (Object.hasOwn(of, name) ? of : Object.getPrototypeOf(of)) as Record<string, Method>;
  const real = holder[name]!;
  holder[name] = function (this: unknown, ...args: unknown[]) {
    const result = real.apply(this, args);
    const instead = after(result, this);
    return typeof instead === 'object' && instead !== null ? instead : result;
  };
}

/** A stub that tells of each call: what is called on an answer travels in the same session, and is not told of. */
function countCalls<T extends object>(stub: T, called: () => void): T {
  return new Proxy(stub, {
    get(target, name) {
      const methods = target as Record<string | symbol, unknown>;
      if (name === 'constructor' || typeof methods[name] !== 'function') return methods[name];
      return (...args: unknown[]) => {
        called();
        return (methods as Record<string | symbol, Method>)[name]!(...args);
      };
    },
  });
}
