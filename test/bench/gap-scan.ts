import { endModelOf } from '../../src/archaeology/gaps/blend.ts';
import { ConversationScan } from '../../src/archaeology/gaps/conversation-scan.ts';
import { findGaps } from '../../src/archaeology/gaps/find-gaps.ts';
import type { GapMessage } from '../../src/archaeology/gaps/gap-message.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from './report.ts';

const MESSAGES = 100_000;
const DIMENSIONS = 512;
/** Vectors that are used again and again: what a machine's caches hold is not what is measured. */
const VECTORS = 5_000;
const RUNS = 5;
const START = Date.UTC(2025, 0, 1);
const WORDS =
  'i you the to and a it that of is in me my so have for on do just with but not we this like know what can get good think about time day really going love work see one when how today home back people week friend family house dog music trip movie dinner book game thanks yes hey bye'.split(
    ' ',
  );

/** A full scan of 10^5 messages with vectors of one conversation, text and all, to the list of its gaps. */
export function reportGapScan(report: Report): void {
  const random = seeded(7);
  const messages = messagesOf(random);
  const ends = endModelOf('use-lite-en/int8/1');
  const times: number[] = [];
  const shares: number[] = [];
  let told = 0;
  for (let run = 0; run <= RUNS; run++) {
    const started = performance.now();
    const scan = new ConversationScan(ends);
    for (const message of messages) scan.push(message);
    const read = performance.now();
    told += findGaps(scan).length;
    const done = performance.now();
    // the first run warms up
    if (run === 0) continue;
    times.push(done - started);
    shares.push(((read - started) * 1_000) / MESSAGES);
  }
  if (!Number.isFinite(told)) throw new Error('The bench computed nothing.');
  report({ metric: 'gap-scan/100k', value: middle(times), unit: 'ms', n: RUNS });
  report({ metric: 'gap-scan/message', value: middle(shares), unit: 'us', n: RUNS * MESSAGES });
}

const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

function messagesOf(random: () => number): GapMessage[] {
  const vectors = Array.from({ length: VECTORS }, () => unitVector(random));
  let at = START;
  return Array.from({ length: MESSAGES }, (_, row) => {
    at += random() < 0.05 ? 3_600_000 * (1 + 12 * random()) : 60_000 * random();
    return {
      id: `m${row}`,
      speaker: random() < 0.5 ? 'Ana' : 'Bruno',
      at,
      content: sentence(random),
      vector: vectors[row % VECTORS]!,
      sequence: null,
      deleted: false,
      source: null,
    };
  });
}

function sentence(random: () => number): string {
  const words = Array.from({ length: 5 + Math.floor(random() * 15) }, () => WORDS[Math.floor(random() * WORDS.length)]);
  return `${words.join(' ')}${random() < 0.2 ? '?' : '.'}`;
}

function unitVector(random: () => number): Float32Array {
  const vector = Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}
