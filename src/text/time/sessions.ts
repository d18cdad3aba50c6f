import type { TimeMention } from './mention.ts';

const NOUN = '(?:session|discussion|conversation|chat)s?';
const NTH = '(\\d{1,4})(?:st|nd|rd|th)';
const TO = '(?:and|to|through|thru|until|till|-|–)';

type Reading = (match: RegExpExecArray) => [from: number, to: number];

const READINGS: [pattern: RegExp, reading: Reading][] = [
  [new RegExp(`\\b${NOUN} #?(\\d+) ?${TO} ?(?:${NOUN} )?#?(\\d+)\\b`), (match) => [Number(match[1]), Number(match[2])]],
  [
    new RegExp(`\\b${NTH} (?:${NOUN} )?${TO} (?:the |our )?${NTH} ${NOUN}\\b`),
    (match) => [Number(match[1]), Number(match[2])],
  ],
  [new RegExp(`\\bnot the last ${NOUN},? but the (?:1|one) before(?: that)?\\b`), () => [-2, -2]],
  [new RegExp(`\\b${NOUN} before (?:the )?last(?: ${NOUN})?\\b`), () => [-2, -2]],
  [new RegExp(`\\b${NTH}[ -](?:to[ -]|from the )?last ${NOUN}\\b`), (match) => both(-Number(match[1]))],
  [new RegExp(`\\b(\\d+|a|a couple of|a few) ${NOUN} (?:ago|back|earlier)\\b`), (match) => both(-countOf(match[1]!))],
  [
    new RegExp(`\\b(?:last|past|previous|latest|recent) (\\d+|few|couple of) ${NOUN}\\b`),
    (match) => [-countOf(match[1]!), -1],
  ],
  [new RegExp(`\\b1st (\\d+|few|couple of) ${NOUN}\\b`), (match) => [1, countOf(match[1]!)]],
  [new RegExp(`\\b${NTH} ${NOUN}\\b`), (match) => both(Number(match[1]))],
  [new RegExp(`\\b${NOUN} (?:number |no\\. ?)?#?(\\d{1,4})\\b(?!:)`), (match) => both(Number(match[1]))],
  [new RegExp(`\\b(?:last|latest|most recent|previous|prior) ${NOUN}\\b|\\blast time\\b`), () => [-1, -1]],
];

/**
 * "20 sessions ago", "our 3rd session", "between sessions 5 and 9", "the last 2 chats", "last time". One session ago is
 * the newest, so that a person who asks within a session counts that one too.
 *
 * @param text in lower case, numbers in digits
 */
export function sessionMention(text: string): { mention: TimeMention; start: number; end: number } | null {
  for (const [pattern, reading] of READINGS) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const [from, to] = reading(match);
    if (from === 0 || to === 0 || from > to) continue;
    return { mention: { kind: 'sessions', from, to }, start: match.index, end: match.index + match[0].length };
  }
  return null;
}

const both = (n: number): [number, number] => [n, n];

function countOf(text: string): number {
  if (text.includes('couple')) return 2;
  if (text.endsWith('few')) return 3;
  return Number.parseInt(text, 10) || 1;
}
