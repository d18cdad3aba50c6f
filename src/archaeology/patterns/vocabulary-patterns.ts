import { studentWidth } from '../../statistics/distributions.ts';
import { movingTypeTokenRatio } from '../../text/moving-ttr.ts';
import { words } from '../../text/tokenize.ts';
import { dayOf, type HistoryMessage, type Pattern, spread } from './pattern.ts';

const BLOCKS = 20;
const LEAST_WORDS = 1_000;
/** The most recent words, at most: what a longer history adds changes little. */
const MOST_WORDS = 150_000;
/** Points of the growth curve, evenly on a logarithmic scale. */
const POINTS = 24;
const FIRST_POINT = 50;
const WINDOW = 50;

/** The most recent words of a person, and the messages they come from. */
interface Text {
  /** per word: its number among the different ones, 0 and up */
  numbers: Int32Array;
  messages: HistoryMessage[];
}

/**
 * How fast new words come (Heaps' law: different words = K n^beta) and how varied neighbouring words are (MATTR). Their
 * intervals come from leaving out one twentieth of the text at a time (delete-block jackknife: neighbouring words are alike).
 *
 * @param own the person's messages in order of time
 */
export function vocabulary(own: readonly HistoryMessage[]): Pattern[] {
  const text = recentWords(own);
  if (text.numbers.length < LEAST_WORDS) return [];
  const [from, to] = [text.messages[0]!.at, text.messages.at(-1)!.at];
  const about = { from, to, words: [], evidence: spread(text.messages.map(({ id }) => id)), significance: null };
  const n = text.numbers.length;
  const distinct = new Set(text.numbers).size;
  const growth = heaps(text.numbers);
  const beta = jackknife(growth.beta, (start, end) => heaps(without(text.numbers, start, end)).beta, n);
  const variety = movingTypeTokenRatio(text.numbers, WINDOW);
  const mattr = jackknife(variety, (start, end) => movingTypeTokenRatio(without(text.numbers, start, end), WINDOW), n);
  const days = `Between ${dayOf(from)} and ${dayOf(to)}`;
  const more = 2 ** growth.beta;
  return [
    {
      ...about,
      kind: 'vocabulary-growth',
      numbers: { words: n, distinct, beta: growth.beta, low: beta.low, high: beta.high, k: growth.k, fit: growth.fit },
      sentence:
        `${days} this person used ${distinct} different words among ${n}; twice as many words hold about ` +
        `${more.toFixed(2)} times as many different ones (exponent ${growth.beta.toFixed(2)}, 95 % interval ` +
        `${beta.low.toFixed(2)} to ${beta.high.toFixed(2)}).`,
    },
    {
      ...about,
      kind: 'diversity',
      numbers: { words: n, window: WINDOW, mattr: variety, low: mattr.low, high: mattr.high },
      sentence:
        `${days}, of ${WINDOW} words in a row ${(variety * WINDOW).toFixed(1)} are different on average ` +
        `(95 % interval ${(mattr.low * WINDOW).toFixed(1)} to ${(mattr.high * WINDOW).toFixed(1)}).`,
    },
  ];
}

/**
 * K and beta of K n^beta, by least squares on logarithms at points evenly spaced there.
 *
 * @param numbers per word its number among the different ones, 0 and up
 * @returns `fit`: share of the variance that the law explains
 */
export function heaps(numbers: Int32Array): { k: number; beta: number; fit: number } {
  const seen = new Uint8Array(numbers.reduce((most, each) => Math.max(most, each), 0) + 1);
  const ratio = (numbers.length / FIRST_POINT) ** (1 / (POINTS - 1));
  const [xs, ys]: [number[], number[]] = [[], []];
  let [distinct, next] = [0, FIRST_POINT];
  for (let i = 0; i < numbers.length; i++) {
    if (seen[numbers[i]!] === 0) distinct++;
    seen[numbers[i]!] = 1;
    if (i + 1 < Math.round(next) && i + 1 < numbers.length) continue;
    xs.push(Math.log(i + 1));
    ys.push(Math.log(distinct));
    next *= ratio;
  }
  const [mx, my] = [mean(xs), mean(ys)];
  const sxx = xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
  const syy = ys.reduce((sum, y) => sum + (y - my) ** 2, 0);
  const sxy = xs.reduce((sum, x, i) => sum + (x - mx) * (ys[i]! - my), 0);
  const beta = sxy / sxx;
  return { k: Math.exp(my - beta * mx), beta, fit: syy === 0 ? 1 : (sxy * sxy) / (sxx * syy) };
}

function recentWords(own: readonly HistoryMessage[]): Text {
  const pieces: string[][] = [];
  const messages: HistoryMessage[] = [];
  for (let [i, length] = [own.length - 1, 0]; i >= 0 && length < MOST_WORDS; i--) {
    const cut = words(own[i]!.content);
    if (cut.length === 0) continue;
    pieces.push(cut);
    messages.push(own[i]!);
    length += cut.length;
  }
  const all = pieces.reverse().flat().slice(-MOST_WORDS);
  const known = new Map<string, number>();
  const numbers = Int32Array.from(all, (word) => {
    const number = known.get(word) ?? known.size;
    known.set(word, number);
    return number;
  });
  return { numbers, messages: messages.reverse() };
}

/** 95 % interval of a figure, by what it is without one block at a time (Künsch 1989). */
function jackknife(
  whole: number,
  measure: (start: number, end: number) => number,
  length: number,
): { low: number; high: number } {
  const parts = Array.from({ length: BLOCKS }, (_, i) =>
    measure(Math.floor((i * length) / BLOCKS), Math.floor(((i + 1) * length) / BLOCKS)),
  );
  const centre = mean(parts);
  const variance = ((BLOCKS - 1) / BLOCKS) * parts.reduce((sum, each) => sum + (each - centre) ** 2, 0);
  const half = studentWidth(95, BLOCKS - 1) * Math.sqrt(variance);
  return { low: whole - half, high: whole + half };
}

function without(numbers: Int32Array, start: number, end: number): Int32Array {
  const rest = new Int32Array(numbers.length - (end - start));
  rest.set(numbers.subarray(0, start));
  rest.set(numbers.subarray(end), start);
  return rest;
}

const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
