import type { Turn } from '../../src/dialogue/turn.ts';
import { CONTEXT_TURNS, type PastReply, type ReplyHistory } from '../../src/mirror/prediction/ports.ts';
import { dequantize } from '../../src/spatial/quantize.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { isTheirs } from '../stores/mirror-store.ts';
import type { Stores } from '../stores/stores.ts';

/** A reply stands within this long of what it answers. */
const REPLY_WITHIN_MS = 7 * 86_400_000;
/** Messages like the last turn that are looked at for what was replied to them. */
const LOOKED_AT = 300;
/** More messages of the person than this need not be counted. */
const COUNTED = 1_000;
/** Newest messages that calibration reads. */
const READ_BACK = 2_000;

/**
 * The person's history as prediction asks it.
 *
 * @param ranked rows of messages that are like the turn to reply to, the likest first
 * @param candidates texts that will be asked about
 * @param model whose vectors are compared; others count as none
 */
export function replyHistory(
  stores: Stores,
  ranked: Iterable<number>,
  candidates: readonly string[],
  model: string | null,
): ReplyHistory {
  const rows = [...ranked].slice(0, LOOKED_AT);
  const found = new Map<number, PastReply[]>();
  let said: Map<string, number> | null = null;
  return {
    replies: stores.messages.countOfPerson(COUNTED),
    similarContexts(_context, limit) {
      const past = found.get(limit) ?? repliesTo(stores, rows, limit, model);
      found.set(limit, past);
      return past;
    },
    timesSaid(text) {
      // all at once, since each look reads the whole history
      said ??= stores.messages.timesSaid([...candidates, ...[...found.values()].flat().map(({ turn }) => turn.text)]);
      return said.get(text) ?? 0;
    },
  };
}

function repliesTo(stores: Stores, rows: readonly number[], limit: number, model: string | null): PastReply[] {
  const messages = new Map(stores.messages.byRows(rows).map((message) => [message.row, message]));
  const inOrder = rows.flatMap((row) => messages.get(row) ?? []);
  const replies = new Map<number, PastReply>();
  // what others said is what one replies to; where nobody else speaks, the person's own words lead to the next
  for (const isOwn of [false, true]) {
    for (const message of inOrder) {
      if (replies.size >= limit) break;
      if (isTheirs(message) !== isOwn) continue;
      const reply = stores.messages.after(message, REPLY_WITHIN_MS);
      if (!reply || !isTheirs(reply) || replies.has(reply.row)) continue;
      const [turn] = turnsOf(stores, [reply], model);
      replies.set(reply.row, {
        id: reply.id,
        turn: turn!,
        sentAt: reply.sent_at,
        context: turnsOf(stores, contextOf(stores, reply), model),
      });
    }
    if (replies.size > 0) break;
  }
  return [...replies.values()];
}

/** The person's newest replies that answer something, newest first. */
export function recentReplies(stores: Stores, limit: number, model: string | null): PastReply[] {
  const messages = stores.messages
    .list({ conversationId: null, order: 'desc', after: null, limit: READ_BACK })
    .reverse();
  const turns = new Map(turnsOf(stores, messages, model).map((turn, i) => [messages[i]!.row, turn]));
  const replies: PastReply[] = [];
  const before = new Map<string, MessageRow[]>();
  for (const message of messages) {
    const context = before.get(message.conversation_id) ?? [];
    if (isTheirs(message) && context.length > 0 && !isTheirs(context.at(-1)!)) {
      replies.push({
        id: message.id,
        turn: turns.get(message.row)!,
        sentAt: message.sent_at,
        context: context.map(({ row }) => turns.get(row)!),
      });
    }
    before.set(message.conversation_id, [...context, message].slice(-CONTEXT_TURNS));
  }
  return replies.reverse().slice(0, limit);
}

/** The turns right before a message in its conversation, oldest first. */
export function contextOf(stores: Stores, message: MessageRow): MessageRow[] {
  const context: MessageRow[] = [];
  for (let at: MessageRow | null = message; context.length < CONTEXT_TURNS; ) {
    at = stores.messages.before(at, REPLY_WITHIN_MS);
    if (at === null) break;
    context.unshift(at);
  }
  return context;
}

/** Messages as turns, with their vectors where those are of the model. */
export function turnsOf(stores: Stores, messages: readonly MessageRow[], model: string | null): Turn[] {
  const memories = stores.memories.byRows(messages.map(({ row }) => row));
  return messages.map(({ row, content, role, speaker }) => {
    const memory = memories.get(row);
    const vector = memory && memory.model === model ? dequantize(memory.vector, memory.scale) : null;
    return { text: content, vector, speaker: speaker ?? role };
  });
}
