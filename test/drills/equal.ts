import { setTimeout as sleep } from 'node:timers/promises';
import type { Reconciliation } from '../../src/person/erasure/contract.ts';
import type { ServerClient } from '../e2e/server-client.ts';

const PATIENCE_MS = 300_000;

/** Waits until nothing of some users waits for a vector or for Postgres. @throws Error when that takes longer than that */
export async function drained(client: ServerClient, users: readonly string[], patienceMs = PATIENCE_MS): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (const user of users) {
    for (;;) {
      const status = await client.status(user).catch(() => null);
      if (status && status.pending === 0 && status.outbox === 0) break;
      if (Date.now() > deadline) throw new Error(`not drained: ${JSON.stringify(status)}`);
      await sleep(1_000);
    }
  }
}

/** Compares both stores of a user, and has them mended. */
export async function reconcile(client: ServerClient, user: string): Promise<Reconciliation> {
  const answer = await client.send('POST', `/users/${user}/reconcile`);
  if (!answer.ok) throw new Error(`reconcile: ${answer.status}`);
  return (await answer.json()) as Reconciliation;
}

/** How many of everything the object holds. */
export const held = ({ parts }: Reconciliation): number => parts.reduce((sum, { object }) => sum + object.count, 0);
