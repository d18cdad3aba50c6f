import { findPatterns } from '../../src/archaeology/patterns/find-patterns.ts';
import type { HistoryMessage, Pattern } from '../../src/archaeology/patterns/pattern.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { isTheirs } from '../stores/mirror-store.ts';
import type { Stores } from '../stores/stores.ts';

/** Which part of the history is read. Times in epoch ms; null: all of it. */
export interface Stretch {
  conversationId: string | null;
  from: number | null;
  to: number | null;
}

export interface Read {
  messages: HistoryMessage[];
  /** nothing older was left out */
  isWhole: boolean;
}

/** The history as patterns and timelines read it. What was found last is kept until a message comes or goes. */
export class HistoryReader {
  private readonly stores: Stores;
  private found: { key: string; read: Read; patterns: Pattern[] } | null = null;

  constructor(stores: Stores) {
    this.stores = stores;
  }

  /** The newest messages of a stretch, at most `limit`, oldest first. */
  read(stretch: Stretch, limit: number): Read {
    const rows = this.stores.messages.history(stretch, limit + 1);
    return { messages: rows.slice(0, limit).reverse().map(historyMessage), isWhole: rows.length <= limit };
  }

  patterns(stretch: Stretch, limit: number): { read: Read; patterns: Pattern[] } {
    const { messages } = this.stores;
    const key = JSON.stringify([stretch, limit, messages.lastRow(), messages.count()]);
    if (this.found?.key !== key) {
      const read = this.read(stretch, limit);
      this.found = { key, read, patterns: findPatterns(read.messages) };
    }
    return this.found;
  }

  /** Read anew when next asked. */
  reset(): void {
    this.found = null;
  }
}

const historyMessage = (row: MessageRow): HistoryMessage => ({
  id: row.id,
  conversationId: row.conversation_id,
  isOwn: isTheirs(row),
  at: row.sent_at,
  content: row.content,
});
