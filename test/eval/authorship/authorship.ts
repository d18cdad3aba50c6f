import { drift, ownLogits } from '../../../src/mirror/style/drift.ts';
import { countsOf, sameAuthorLogit, shownProbability } from '../../../src/mirror/style/same-author.ts';
import { auc, brier, expectedCalibrationError } from '../../../src/statistics/calibration.ts';
import { countCharacterGrams } from '../../../src/text/hashed-grams.ts';
import type { Report } from '../../bench/report.ts';
import { type Chunk, chunksOf, readVoices } from './chunks.ts';

const SIZES = [1, 5, 10, 25, 50];
/** Pairs of single messages are many; every n-th is as good. */
const MOST_PAIRS = 60_000;
const BASELINE_BUCKETS = 8_192;

interface Judged {
  isSame: boolean[];
  ours: number[];
  plain: number[];
}

/**
 * Whether two runs of messages are of one person: pairs across two different chats only, names masked, by the weights
 * as they are shipped. What they know of authors is of other people; their calibration saw the people of the development
 * half. Beside it the cosine of plain character 3-grams, TF-IDF, and what the drift alarm does.
 */
export function authorshipEval(dataDir: string, report: Report): void {
  const voices = readVoices(dataDir);
  const enough: Judged = { isSame: [], ours: [], plain: [] };
  for (const size of SIZES) {
    const { isSame, ours, plain } = judge(chunksOf(voices, size));
    const n = isSame.length;
    if (n === 0) continue;
    report({ metric: `auc@${size}`, value: auc(ours, isSame), unit: 'fraction', n, baseline: auc(plain, isSame) });
    if (size < 5) continue;
    // as many of one person as of two, as the shown probability assumes
    const even = evened({ isSame, ours, plain });
    enough.isSame.push(...even.isSame);
    enough.ours.push(...even.ours);
    const shown = even.ours.map(shownProbability);
    report({
      metric: `brier@${size}`,
      value: brier(shown, even.isSame),
      unit: 'fraction',
      n: shown.length,
      baseline: 0.25,
    });
  }
  const shown = enough.ours.map(shownProbability);
  report({ metric: 'ece', value: expectedCalibrationError(shown, enough.isSame), unit: 'fraction', n: shown.length });
  reportDrift(voices, report);
}

function judge(chunks: readonly Chunk[]): Judged {
  const grams = weighted(chunks.map(({ texts }) => gramsOf(texts)));
  const measured = chunks.map(({ texts }, i) => ({ counts: countsOf(texts), grams: grams[i]! }));
  const judged: Judged = { isSame: [], ours: [], plain: [] };
  const pairs = pairsAcrossChats(chunks);
  const step = Math.max(1, Math.ceil(pairs.length / MOST_PAIRS));
  for (let i = 0; i < pairs.length; i += step) {
    const [a, b] = pairs[i]!;
    judged.isSame.push(chunks[a]!.person === chunks[b]!.person);
    judged.ours.push(sameAuthorLogit(measured[a]!.counts, measured[b]!.counts));
    judged.plain.push(cosine(measured[a]!.grams, measured[b]!.grams));
  }
  return judged;
}

function pairsAcrossChats(chunks: readonly Chunk[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (let a = 0; a < chunks.length; a++) {
    for (let b = a + 1; b < chunks.length; b++) if (chunks[a]!.chat !== chunks[b]!.chat) pairs.push([a, b]);
  }
  return pairs;
}

/** Every pair of one person, and as many of two, evenly spaced. */
function evened({ isSame, ours }: Judged): { isSame: boolean[]; ours: number[] } {
  const same = ours.filter((_, i) => isSame[i]);
  const other = ours.filter((_, i) => !isSame[i]);
  const some = same.map((_, i) => other[Math.floor((i * other.length) / same.length)]!);
  return { isSame: [...same.map(() => true), ...some.map(() => false)], ours: [...same, ...some] };
}

/** A message against the person's own other chat, then against every other person in chats that they do not share. */
function reportDrift(voices: ReturnType<typeof readVoices>, report: Report): void {
  const own: boolean[] = [];
  const others: boolean[] = [];
  for (const known of voices) {
    const counts = countsOf(known.texts);
    const line = ownLogits(counts, known.texts);
    for (const voice of voices.filter(({ chat }) => chat !== known.chat)) {
      for (const text of voice.texts) {
        const judged = drift(counts, text, false, line);
        if (judged.state === 'scored') (voice.person === known.person ? own : others).push(judged.alarm);
      }
    }
  }
  const share = (alarms: readonly boolean[]) => alarms.filter(Boolean).length / alarms.length;
  report({ metric: 'alarm/own', value: share(own), unit: 'fraction', n: own.length });
  report({ metric: 'alarm/others', value: share(others), unit: 'fraction', n: others.length, baseline: share(own) });
}

function gramsOf(texts: readonly string[]): Float32Array {
  const buckets = new Float32Array(BASELINE_BUCKETS);
  for (const text of texts) countCharacterGrams(text.toLowerCase(), 3, 1, buckets);
  return buckets;
}

/** Log-scaled counts times the rarity of their bucket among the texts. */
function weighted(texts: readonly Float32Array[]): Float32Array[] {
  const rarity = Float32Array.from({ length: BASELINE_BUCKETS }, (_, i) => {
    const holders = texts.reduce((count, buckets) => count + Number(buckets[i]! > 0), 0);
    return Math.log((texts.length + 1) / (holders + 1));
  });
  return texts.map((buckets) => buckets.map((count, i) => Math.log1p(count) * rarity[i]!));
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return dot / Math.sqrt(aa * bb || 1);
}
