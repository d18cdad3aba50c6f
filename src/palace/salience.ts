const STRONG_WORDS =
  /\b(love|hate|afraid|scared|proud|died|death|born|married|wedding|divorce|pregnant|diagnos\w*|cancer|surgery|accident|hired|fired|promot\w*|graduat\w*|never forget|always remember|important|promise|secret|allerg\w*)\b/i;
const STATES_SELF = /\b(i am|i'm|my|i have|i've|i was|i will|i'll)\b/i;
const HAS_NUMBER = /\d/;
/** Without its first word, which every sentence writes large. */
const HAS_NAME = /[^.!?\s]\s+\p{Lu}\p{Ll}/u;

/**
 * How much a text seems to matter, 0 to 1, from what can be seen without understanding it: weighty words, statements
 * about oneself, names, numbers, more than a few words. A start value that a client may correct.
 */
export function salienceOf(text: string): number {
  const words = text.split(/\s+/, 40).length;
  let salience = 0.2 + 0.2 * Math.min(1, words / 20);
  if (STRONG_WORDS.test(text)) salience += 0.3;
  if (STATES_SELF.test(text)) salience += 0.1;
  if (HAS_NUMBER.test(text)) salience += 0.1;
  if (HAS_NAME.test(text)) salience += 0.1;
  return Math.round(Math.min(1, salience) * 100) / 100;
}
