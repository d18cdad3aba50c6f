import { changes } from './change-patterns.ts';
import { initiative, replyLatency } from './exchange-patterns.ts';
import { type HistoryMessage, inOrder, type Pattern } from './pattern.ts';
import { phraseLife } from './phrase-patterns.ts';
import { BREAK_MS, sessionsOf } from './sessions.ts';
import { topics } from './topic-patterns.ts';
import { vocabulary } from './vocabulary-patterns.ts';

const LEVEL = 0.05;

/**
 * What a history shows of a person's habits and their changes. What is claimed to differ is tested, each kind with
 * Benjamini-Hochberg's correction at `level` over all tests of that kind; measures come with an interval instead. A
 * history too short for a pattern is without it: three messages give none.
 *
 * @param history messages of one person's conversations in any order
 * @param breakMs a silence that ends a session (`Rhythm.breakMs` of this person, where known)
 * @param level false discovery rate, in (0, 1)
 */
export function findPatterns(
  history: readonly HistoryMessage[],
  { breakMs = BREAK_MS, level = LEVEL }: { breakMs?: number; level?: number } = {},
): Pattern[] {
  const ordered = inOrder(history);
  const own = ordered.filter((message) => message.isOwn);
  const { sessions, replies } = sessionsOf(ordered, breakMs);
  const exchange = [initiative(sessions), replyLatency(replies)].filter((pattern) => pattern !== null);
  return [
    ...exchange,
    ...vocabulary(own),
    ...changes(own, sessions, replies, level),
    ...topics(own, level),
    ...phraseLife(own, level),
  ];
}
