import { withRetries } from '../sdk/retry.ts';
import { count, type Io } from './io.ts';
import { addressOf, type ConnectionOptions, connect, connectWithoutKey } from './settings.ts';

export interface StatusCommandOptions extends ConnectionOptions {
  user?: string;
}

/** The first check starts the model, which may take a moment. */
const RETRIES = { giveUpAfterMs: 5_000, firstWaitMs: 300, longestWaitMs: 2_000 };

/** Says whether the service answers, and what it holds of one person. @returns 1 if a part of the service is down */
export async function statusCommand(options: StatusCommandOptions, io: Io): Promise<0 | 1> {
  const health = await withRetries(() => connectWithoutKey(options, io).health(), RETRIES);
  const checks = Object.entries(health.checks).map(([part, state]) => `${part} ${state}`);
  io.out(`${addressOf(options, io.env).origin}: ${health.status} (${checks.join(', ')})`);
  if (options.user !== undefined) await showUser(options.user, options, io);
  return health.status === 'ready' ? 0 : 1;
}

async function showUser(user: string, options: StatusCommandOptions, io: Io): Promise<void> {
  const status = await withRetries(() => connect(options, io).userStatus(user), RETRIES);
  io.out(`Messages: ${count(status.messages)}`);
  if (status.first_message_at !== null) io.out(`From ${status.first_message_at} to ${status.last_message_at ?? ''}`);
  io.out(`Waiting to be searchable by meaning: ${count(status.pending)}`);
  io.out(`Failed: ${count(status.failed)}`);
  io.out(`Waiting to be saved in Postgres: ${count(status.outbox)}`);
}
