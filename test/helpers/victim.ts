import type { Accepted } from '../../src/messages/contract.ts';
import type { PalaceView } from '../../src/palace/rooms/contract.ts';
import { INFERENCES } from '../../src/shared/inferences.ts';
import { HISTORY } from './seed.ts';

/** Whoever can send requests, in a test or over the network, with every scope. Paths go without `/api/v1`. */
export interface Asker {
  send<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }>;
}

/** Text of the person that `populate` makes, which nobody else may see. */
export const SECRETS = ['heron', 'lighthouse', 'walnuts', 'pottery', 'saffron'];

const EVERYTHING = Object.fromEntries(INFERENCES.map((name) => [name, true]));

/**
 * Makes a person who has one of everything, all of it consented to.
 *
 * @param erased whose erasure the receipt is of: by default theirs, who then has begun anew
 * @returns an id of theirs for the `{name}`s that a path may hold, but `reconstruction_id` (see archaeology.ts)
 */
export async function populate(ask: Asker, userId: string, erased = userId): Promise<Record<string, string>> {
  const user = `/users/${encodeURIComponent(userId)}`;
  await ask.send('POST', '/message', { user_id: erased, content: 'What shall be forgotten.' });
  const receipt = await ask.send<{ receipt_id: string }>('DELETE', `/users/${encodeURIComponent(erased)}`);
  const sent = await ask.send<Accepted>('POST', '/messages?wait=true', { user_id: userId, messages: HISTORY });
  if (sent.status !== 200) throw new Error(`no person to try it on: ${sent.status} ${JSON.stringify([receipt, sent])}`);
  const { task_id, message_ids } = sent.body;
  const palaces = await ask.send<{ items: PalaceView[] }>('GET', `${user}/palaces`);
  const made = async (path: string, body: unknown) => (await ask.send<{ id: string }>('POST', path, body)).body.id;
  await ask.send('PUT', `${user}/consent`, EVERYTHING);
  const stops = [{ memory_id: message_ids[2], note: 'the pottery wheel' }];
  const question = { context: 'Where to hide the saffron', options: ['cellar', 'attic'], choice: 'attic' };
  return {
    user_id: userId,
    receipt_id: receipt.body.receipt_id,
    task_id,
    message_id: message_ids[0]!,
    memory_id: message_ids[1]!,
    palace_id: palaces.body.items[0]!.id,
    room_id: 'people-1',
    trail_id: await made(`${user}/trails`, { name: 'A secret walk', stops }),
    decision_id: await made(`${user}/mirror/decisions`, question),
    dig_id: await made(`${user}/digs`, { from: '2026-05-01T00:00:00Z', to: '2026-06-01T00:00:00Z' }),
    key_id: await made('/keys', { name: 'spare', scopes: ['read'], user_id: userId }),
  };
}
