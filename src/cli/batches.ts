import type { ImportedMessage, ImportItem } from '../importers/importer.ts';
import { LIMITS } from '../messages/contract.ts';

/** Below the service's limit of a body, so that the frame around the messages always fits. */
const MAX_BYTES = 1_500_000;

export interface Batch {
  messages: ImportedMessage[];
}

const encoder = new TextEncoder();

/**
 * Groups messages for one request each: at most 500 and 1.5 MB.
 *
 * Two requests may arrive in either order, and the service orders equal times by arrival. So a batch ends where the time
 * changes, unless all of it has one time.
 *
 * @param skip messages at the start that were acknowledged before
 */
export async function* batches(items: AsyncIterable<ImportItem>, skip: number): AsyncGenerator<Batch> {
  let open: Sized[] = [];
  let bytes = 0;
  let left = skip;
  for await (const item of items) {
    if (item.kind !== 'message') continue;
    if (left-- > 0) continue;
    const size = encoder.encode(JSON.stringify(item.value.message)).length + 1;
    if (open.length === LIMITS.messagesPerRequest || bytes + size > MAX_BYTES) {
      const end = cut(open, item.value);
      yield { messages: open.slice(0, end).map((sized) => sized.item) };
      open = open.slice(end);
      bytes = open.reduce((sum, sized) => sum + sized.size, 0);
    }
    open.push({ item: item.value, size });
    bytes += size;
  }
  if (open.length > 0) yield { messages: open.map((sized) => sized.item) };
}

interface Sized {
  item: ImportedMessage;
  size: number;
}

/** How many of the open messages to send now that `next` does not fit. */
function cut(open: Sized[], next: ImportedMessage): number {
  const time = next.message.timestamp;
  let end = open.length;
  while (end > 0 && open[end - 1]!.item.message.timestamp === time) end--;
  // all of one time; or little would go out, and the rest and `next` might not fit either
  return end < open.length / 2 ? open.length : end;
}
