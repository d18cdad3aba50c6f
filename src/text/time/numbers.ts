const ONES = (
  'zero one two three four five six seven eight nine ten ' +
  'eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
).split(' ');
const ORDINAL_ONES = (
  'zeroth first second third fourth fifth sixth seventh eighth ninth tenth ' +
  'eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth'
).split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

const DIGITS = new Map<string, string>();
for (const [i, name] of ONES.entries()) DIGITS.set(name, String(i));
for (const [i, name] of ORDINAL_ONES.entries()) DIGITS.set(name, ordinal(i));
for (const [i, tens] of TENS.entries()) {
  const value = 20 + 10 * i;
  DIGITS.set(tens, String(value));
  DIGITS.set(tens.replace(/y$/, 'ieth'), ordinal(value));
  for (let one = 1; one <= 9; one++) {
    DIGITS.set(`${tens}-${ONES[one]}`, String(value + one));
    DIGITS.set(`${tens}-${ORDINAL_ONES[one]}`, ordinal(value + one));
  }
}
/** "twenty first" is written as often as "twenty-first". */
const WRITTEN = new RegExp(
  `\\b(?:${TENS.join('|')})[ -](?:${[...ONES, ...ORDINAL_ONES].slice(1).join('|')})\\b|[a-z]+`,
  'g',
);

/** English ordinal in digits: 1st, 2nd, 3rd, 11th. */
export function ordinal(value: number): string {
  const teen = value % 100 > 10 && value % 100 < 14;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${ending}`;
}

/**
 * Writes English numbers up to 99 in digits: "twenty-first" becomes "21st", "three" becomes "3".
 * @param text in lower case
 */
export const inDigits = (text: string): string =>
  text.replace(WRITTEN, (word) => DIGITS.get(word) ?? DIGITS.get(word.replace(' ', '-')) ?? word);
