import { calendarMention, sideOf, without } from './calendar.ts';
import type { FoundTime, Now } from './mention.ts';
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
  const found = sessions(plain) ?? calendarMention(plain, now.zone) ?? relative(plain, now);
  return found === null ? null : { ...found, isEarlier, rest: found.rest.replace(/\bearlier\b/g, ' ') };
}

function sessions(text: string): Omit<FoundTime, 'isEarlier'> | null {
  const found = sessionMention(text);
  return found && { mention: found.mention, side: null, rest: without(text, found.start, found.end) };
}

function relative(text: string, now: Now): Omit<FoundTime, 'isEarlier'> | null {
  const found = relativeMention(text, now);
  if (found === null) return null;
  const side = sideOf(text.slice(0, found.start));
  return { mention: found.mention, side, rest: without(text, found.start, found.end) };
}
