import type { EvidenceTurn } from '../../src/archaeology/fragments/fragment.ts';
import type { Location, MessageHead, PlaceLookup } from '../../src/archaeology/reconstruct/locate.ts';
import { type KnownMessage, PLACE_AFTER, PLACE_BEFORE, type Place } from '../../src/archaeology/reconstruct/ports.ts';
import { naturalKeyOfMessageId } from '../../src/messages/natural-key.ts';
import { isReconstructed } from '../../src/shared/reconstructed.ts';
import { dequantize } from '../../src/spatial/quantize.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { isTheirs } from '../stores/mirror-store.ts';
import type { Stores } from '../stores/stores.ts';

const LAST = Number.MAX_SAFE_INTEGER;

/** Finds the messages around places. */
export class PlaceReader {
  private readonly stores: Stores;

  constructor(stores: Stores) {
    this.stores = stores;
  }

  lookup(): PlaceLookup {
    const { messages, gaps } = this.stores;
    const rows = new Map<string, MessageRow>();
    const head = (row: MessageRow | undefined | null): MessageHead | null => {
      if (!row || isReconstructed(row.conversation_id)) return null;
      rows.set(row.id, row);
      return { id: row.id, conversationId: row.conversation_id, at: row.sent_at };
    };
    const at = ({ id }: MessageHead) => {
      const row = rows.get(id)!; // every head comes from here
      return { sentAt: row.sent_at, row: row.row };
    };
    return {
      gap: (id) => gaps.find(id),
      message: (id) => head(messages.find(id, naturalKeyOfMessageId(id))),
      next: (one) => head(messages.following(one.conversationId, at(one), 1)[0]),
      previous: (one) => head(messages.preceding(one.conversationId, at(one), 1)[0]),
      lastUntil: (id, time) => head(messages.preceding(id, { sentAt: time, row: LAST }, 1)[0]),
      firstFrom: (id, time) => head(messages.following(id, { sentAt: time, row: 0 }, 1)[0]),
    };
  }

  /** @param model whose vectors can be compared */
  place(location: Location, model: string | null): Place {
    const { after, before, ...place } = location;
    const { messages } = this.stores;
    const [last, first] = [after && this.row(after.id), before && this.row(before.id)];
    const earlier = last ? messages.preceding(last.conversation_id, next(last), PLACE_BEFORE).reverse() : [];
    const later = first ? messages.following(first.conversation_id, previous(first), PLACE_AFTER) : [];
    return { ...place, before: this.known(earlier, model), after: this.known(later, model) };
  }

  /** The place of a message, as if it were missing. */
  around(message: MessageRow, model: string | null): Place {
    const { conversation_id: conversationId, sent_at: sentAt, row } = message;
    const { messages } = this.stores;
    const before = messages.preceding(conversationId, { sentAt, row }, PLACE_BEFORE).reverse();
    const after = messages.following(conversationId, { sentAt, row }, PLACE_AFTER);
    return {
      conversationId,
      gapId: null,
      from: before.at(-1)?.sent_at ?? null,
      to: after[0]?.sent_at ?? null,
      missing: { expected: 1, low: 1, high: 1 },
      before: this.known(before, model),
      after: this.known(after, model),
    };
  }

  /** Messages with their vectors. */
  known(messages: readonly MessageRow[], model: string | null): KnownMessage[] {
    const memories = this.stores.memories.byRows(messages.map(({ row }) => row));
    return messages.map((message) => {
      const memory = memories.get(message.row);
      const isComparable = memory !== undefined && memory.model === model;
      return {
        ...evidenceOf(message),
        isOwn: isTheirs(message),
        vector: isComparable ? dequantize(memory.vector, memory.scale) : null,
      };
    });
  }

  evidence(messages: readonly MessageRow[]): EvidenceTurn[] {
    return messages.map(evidenceOf);
  }

  private row(id: string): MessageRow | null {
    return this.stores.messages.find(id, '');
  }
}

const evidenceOf = ({ id, speaker, role, sent_at, content }: MessageRow): EvidenceTurn => ({
  id,
  speaker: speaker ?? role,
  at: sent_at,
  content,
});

/** The places right after and right before a message: rows of one time stand in the order of arrival. */
const next = ({ sent_at, row }: MessageRow) => ({ sentAt: sent_at, row: row + 1 });
const previous = ({ sent_at, row }: MessageRow) => ({ sentAt: sent_at, row: row - 1 });
