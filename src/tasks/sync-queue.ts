import type { Owner } from '../auth/contract.ts';
import type { Env } from '../env.ts';
import { log } from '../shared/log.ts';
import type { SyncMessage } from './messages.ts';

type Queues = Pick<Env, 'SYNC' | 'SYNC_QUEUES'>;

/**
 * The queue that carries a person's changes. Cloudflare passes some 5,000 messages a second through one, so from a few
 * million people on they are spread over those that `SYNC_QUEUES` names, evenly and each person always to the same one.
 * The list may change at any time: an object gives its changes to one consumer at a time, whichever queue it came from.
 */
export function syncQueueOf(env: Queues, owner: Owner): Queue<SyncMessage> {
  const names = (env.SYNC_QUEUES ?? '').split(',').flatMap((name) => name.trim() || []);
  if (names.length === 0) return env.SYNC;
  const name = names[hashOf(`${owner.tenantId}\u0000${owner.userId}`) % names.length]!;
  const queue = (env as unknown as Record<string, Queue<SyncMessage> | undefined>)[name];
  if (queue) return queue;
  log.error('SYNC_QUEUES names a queue that is not bound, using SYNC', { name });
  return env.SYNC;
}

/** FNV-1a over UTF-16 units, then mixed: its lowest bits alone would follow the last characters of an id too closely. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
