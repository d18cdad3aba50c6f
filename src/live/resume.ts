import { refused, STATUS_OF } from '../shared/errors.ts';
import type { Hello, LiveEvent } from './contract.ts';

/** Sockets a person may have at once. */
export const MAX_SOCKETS = 32;
/** The refusal of one more. An object answers an upgrade with its status alone, of which the route makes a problem. */
export const TOO_MANY_SOCKETS = refused('rate_limited', 'This user has too many sockets open.', 10);
export const TOO_MANY_SOCKETS_STATUS = STATUS_OF[TOO_MANY_SOCKETS.code];

export interface EventLog {
  bounds(): { first: number; last: number };
  after(sequence: number): LiveEvent[];
}

/**
 * What a new socket is told: where the stream stands, then every event after `since` that is still kept.
 *
 * @param since the last sequence number the client has seen; null: from now on
 */
export function greeting(log: EventLog, since: number | null): [Hello, ...LiveEvent[]] {
  const { first, last } = log.bounds();
  // a number from the future is of another life of this object
  const missed = since !== null && (since > last || since < first - 1);
  const hello: Hello = { type: 'hello', sequence: last, resync: missed };
  return [hello, ...(since === null || missed ? [] : log.after(since))];
}
