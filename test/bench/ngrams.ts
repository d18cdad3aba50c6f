import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NgramCounter, type NgramOrder } from '../../src/text/ngrams/ngram-counter.ts';
import { words } from '../../src/text/tokenize.ts';
import { chatter } from './chatter.ts';
import type { Report } from './report.ts';

const ORDERS: NgramOrder[] = [1, 2, 3];
const VOCABULARY = 20_000;
const MESSAGES = 10_000;
const ROUNDS = 25;
/** Runs of the engine a round: both sides are timed for about as long. */
const OWN_RUNS = 8;
const STREAM = 1_000_000;
const LOOK_EVERY = 50_000;
const MIB = 2 ** 20;

/**
 * The n-gram engine: all 1-3-grams of a corpus, cut into words and counted, beside a Map of joined words over the same
 * words; rounds alternate, both must find the same, and of
 * each the fastest round counts, which another process on the machine has disturbed least. Then a long stream with ever new words, past what it can hold.
 */
export async function reportNgrams(report: Report): Promise<void> {
  const next = chatter(VOCABULARY, 1);
  const corpus = Array.from({ length: MESSAGES }, next);
  const own: number[] = [];
  const peer: number[] = [];
  let counted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let counter = new NgramCounter();
    for (let run = 0; run < OWN_RUNS; run++) {
      own.push(
        timed(() => {
          counter = new NgramCounter({ expected: 10 * corpus.length });
          for (const message of corpus) counter.add(message);
        }),
      );
    }
    let counts = new Map<string, number>();
    peer.push(
      timed(() => {
        counts = byMap(corpus);
      }),
    );
    if (round === 0) compare(counter, counts);
    counted = counter.added;
  }
  const [mine, theirs] = [Math.min(...own), Math.min(...peer)];
  const n = ROUNDS;
  report({ metric: 'ngram/mean', value: (mine * 1e6) / counted, unit: 'ns', n: counted * n });
  report({ metric: 'ratio/ngrams', value: theirs / mine, unit: 'ratio', n, baseline: theirs });
  reportStream(report);
}

/** 1 to 3 words joined, for each place of each message. */
function byMap(corpus: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const message of corpus) {
    const cut = words(message);
    for (let i = 0; i < cut.length; i++) {
      for (let n = 1; n <= 3 && i + n <= cut.length; n++) {
        const gram = cut.slice(i, i + n).join(' ');
        counts.set(gram, (counts.get(gram) ?? 0) + 1);
      }
    }
  }
  return counts;
}

/** @throws Error unless both hold the same n-grams with the same counts */
function compare(counter: NgramCounter, counts: ReadonlyMap<string, number>): void {
  let equal = 0;
  for (const order of ORDERS) {
    counter.each(order, (gram, count) => {
      if (counts.get(gram.join(' ')) === count) equal++;
    });
  }
  if (equal !== counts.size || counter.size !== counts.size || counter.error !== 0) {
    throw new Error('The Map counted other n-grams.');
  }
}

/** The most that heap and typed arrays together grow by, looked at after a collection each time. */
function reportStream(report: Report): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const next = chatter(VOCABULARY, 2);
  const before = used();
  const counter = new NgramCounter();
  let most = 0;
  let spent = 0;
  for (let i = 0; i < STREAM; i += LOOK_EVERY) {
    // names and typing slips: words that never come again
    const batch = Array.from({ length: LOOK_EVERY }, (_, j) => `${next()} ${j % 4 === 0 ? `only${i + j}` : ''}`);
    spent += timed(() => {
      for (const message of batch) counter.add(message);
    });
    batch.length = 0;
    most = Math.max(most, used() - before);
  }
  report({ metric: 'stream/heap', value: most / MIB, unit: 'MiB', n: STREAM });
  report({ metric: 'stream/error', value: counter.error / counter.added, unit: 'share', n: counter.added });
  report({ metric: 'stream/rate', value: (STREAM / spent) * 1000, unit: '1/s', n: STREAM });
}

function timed(run: () => void): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}
