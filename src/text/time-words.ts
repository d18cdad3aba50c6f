const UNITS = 'day night morning weekend week month year summer winter spring autumn fall season decade';
const MONTHS = 'january february march april may june july august september october november december';
const WEEKDAYS = 'monday tuesday wednesday thursday friday saturday sunday';
const RELATIVE = 'yesterday today tonight tomorrow ago last next recently soon since';
const TIME_WORDS: ReadonlySet<string> = new Set(`${UNITS} ${MONTHS} ${WEEKDAYS} ${RELATIVE}`.split(' '));

/** Asks for a time: "When did …", "What year …", "How long …", "in which month". English. */
const ASKS_TIME = /^\s*when\b|\b(?:what|which)\s+(?:date|day|week|weekend|month|year|season|time)\b|\bhow\s+long\b/i;

/** Whether a text says when something was, such as "last week". `words` are normalised, unstemmed. English. */
export function statesTime(words: readonly string[]): boolean {
  return words.some((word) => TIME_WORDS.has(word));
}

export const asksTime = (text: string): boolean => ASKS_TIME.test(text);
