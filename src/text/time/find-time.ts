import { calendarMention, without } from './calendar.ts';
import type { FoundTime, Now, TimeMention } from './mention.ts';
import { inDigits } from './numbers.ts';
import { relativeMention } from './relative.ts';
import { sessionMention } from './sessions.ts';

/**
 * The time that an English text names: "8 May 2023", "in May", "between May 8th and June ninth", "yesterday", "two weeks
 * ago", "last Friday", "earlier today", "20 sessions ago", "our third session". Null where there is none.
 */
export function findTime(text: string, now: Now): FoundTime | null {
  const plain = inDigits(text.toLowerCase().replace(/\s+/g, ' '));
  const isEarlier = /\bearlier\b/.test(plain);
  const calendar = () => calendarMention(plain, now.zone);
  const found = cut(plain, sessionMention(plain)) ?? calendar() ?? cut(plain, relativeMention(plain, now));
  return found === null ? null : { ...found, isEarlier, rest: found.rest.replace(/\bearlier\b/g, ' ') };
}

function cut(text: string, found: { mention: TimeMention; start: number; end: number } | null) {
  return found && { mention: found.mention, side: null, rest: without(text, found.start, found.end) };
}
