import type { HistoryMessage } from './pattern.ts';

/** A conversation's stretch without a break. */
export interface Session {
  id: string;
  at: number;
  begunByOwn: boolean;
}

/** The person's answer to another's message in one session. */
export interface Reply {
  id: string;
  at: number;
  /** ms since the last of the other's messages before it */
  latency: number;
}

/** Six hours: a conversation taken up after a night is begun anew. */
export const BREAK_MS = 6 * 3_600_000;

/**
 * Sessions of conversations in which both sides speak, and the person's replies in them.
 *
 * @param history in order of time
 * @param breakMs a silence of this length ends a session
 */
export function sessionsOf(
  history: readonly HistoryMessage[],
  breakMs: number,
): { sessions: Session[]; replies: Reply[] } {
  const sides = new Map<string, number>();
  for (const { conversationId, isOwn } of history) {
    sides.set(conversationId, (sides.get(conversationId) ?? 0) | (isOwn ? 1 : 2));
  }
  const last = new Map<string, HistoryMessage>();
  const sessions: Session[] = [];
  const replies: Reply[] = [];
  for (const message of history) {
    if (sides.get(message.conversationId) !== 3) continue;
    const before = last.get(message.conversationId);
    last.set(message.conversationId, message);
    if (before === undefined || message.at - before.at >= breakMs) {
      sessions.push({ id: message.id, at: message.at, begunByOwn: message.isOwn });
    } else if (message.isOwn && !before.isOwn) {
      replies.push({ id: message.id, at: message.at, latency: message.at - before.at });
    }
  }
  return { sessions, replies };
}
