import type { MessageListOptions } from '../../src/http/user-memory.ts';
import type { Message } from '../../src/messages/contract.ts';
import type { UserStatus } from '../../src/person/contract.ts';
import { done, type Outcome } from '../../src/shared/errors.ts';
import { iso } from '../../src/shared/instant.ts';
import { BAD_CURSOR, decodeCursor, encodeCursor, type Page, pageOf } from '../../src/shared/page.ts';
import { toMessage } from '../stores/message-store.ts';
import type { Stores } from '../stores/stores.ts';

/** One page of what was recorded. */
export function messagePage(stores: Stores, query: MessageListOptions): Outcome<Page<Message>> {
  const cursor = query.cursor === undefined ? null : decodeCursor(query.cursor, 2);
  if (query.cursor !== undefined && !cursor) return BAD_CURSOR;
  const rows = stores.messages.list({
    conversationId: query.conversation_id ?? null,
    order: query.order,
    after: cursor && { sentAt: cursor[0]!, row: cursor[1]! },
    limit: query.limit + 1,
  });
  const page = pageOf(rows, query.limit, (last) => encodeCursor([last.sent_at, last.row]));
  return done({ items: page.items.map(toMessage), next: page.next });
}

/** How much there is of a person, and how far work on it has come. */
export function userStatus({ messages, memories, tasks, outbox, records, events }: Stores, userId: string): UserStatus {
  const { first, last } = messages.span();
  return {
    user_id: userId,
    messages: messages.count(),
    pending: messages.count() - memories.count(),
    failed: tasks.failedCount(),
    outbox: outbox.count() + records.count(),
    set_aside: records.asideCount(),
    sequence: events.bounds().last,
    first_message_at: iso(first),
    last_message_at: iso(last),
  };
}
