import { AsyncLocalStorage } from 'node:async_hooks';

/** Where work comes from: it goes with it through object, queue and Postgres. */
export interface Origin {
  requestId: string | null;
  /** W3C trace context of the span that is open; null: none is recorded */
  traceparent: string | null;
}

const scope = new AsyncLocalStorage<Origin>();

/** Does work that comes from somewhere: whatever it calls, logs or writes can name it. Undefined: from nowhere known. */
export const inOrigin = <T>(origin: Origin | undefined, work: () => T): T =>
  origin === undefined ? work() : scope.run(origin, work);

export const currentOrigin = (): Origin | undefined => scope.getStore();

/** Id of the request that is being worked for; undefined: none, or the work began by itself. */
export const requestId = (): string | undefined => scope.getStore()?.requestId ?? undefined;
