import { crossValidate } from '../../scripts/dialogue-training/cross-validate.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import type { Report } from '../bench/report.ts';
import { type HiddenTurn, readDialogues, readHiddenTurns } from './dialogues.ts';
import {
  calibrationErrorOf,
  type Judged,
  judge,
  meanReciprocalRank,
  messagesOf,
  recallAtOne,
  topDecileAccuracy,
} from './hidden-turn-figures.ts';
import type { Protocol } from './personality/protocol.ts';
import { vectorsOf } from './vectors.ts';

/** R@1 and MRR of TF-IDF, as they came with the data (development half); null: not given. */
const TF_IDF = {
  'dailydialog/both': [0.598, 0.711],
  'dailydialog/before': [0.477, null],
  'realtalk/both': [0.84, null],
  reply: [0.827, null],
} as const;
const SIDES = ['both', 'before'] as const;

/** Judges every item with the weights that are shipped. The hidden turn is in no index: a ranking sees one item and nothing else. */
export async function judgeShipped(
  items: readonly HiddenTurn[],
  embedder: Embedder,
): Promise<{ both: Judged[]; before: Judged[] }> {
  const texts = items.flatMap(({ before, after, candidates }) => [...before, ...after, ...candidates]);
  const options = {
    vectors: await vectorsOf(new Set(texts.flatMap(messagesOf)), embedder),
    embeddingModel: embedder.model,
  };
  return {
    both: items.filter(({ after }) => after.length > 0).map((item) => judge(item, { ...options, isAfterSeen: true })),
    before: items.map((item) => judge(item, { ...options, isAfterSeen: false })),
  };
}

/**
 * Which of ten turns stood between these neighbours. The shipped weights were trained on the development data: on it
 * they show how well the data fit; what other dialogues may expect is the cross-validation that
 * `npm run train:dialogue` prints.
 */
export async function hiddenTurnSuite(dataDir: string, embedder: Embedder, report: Report): Promise<void> {
  const all: Judged[] = [];
  for (const set of ['dailydialog', 'realtalk'] as const) {
    const judged = await judgeShipped(readHiddenTurns(dataDir, set), embedder);
    for (const sides of SIDES) {
      const [first = null, reciprocal = null] = TF_IDF[`${set}/${sides}` as keyof typeof TF_IDF] ?? [];
      const mine = judged[sides];
      reportShare(report, `${set}/r@1/${sides}`, recallAtOne(mine), mine.length, first);
      reportShare(report, `${set}/mrr/${sides}`, meanReciprocalRank(mine), mine.length, reciprocal);
      all.push(...mine);
    }
  }
  reportShare(report, 'ece', calibrationErrorOf(all), all.length);
  reportShare(report, 'accuracy/top-decile', topDecileAccuracy(all), Math.ceil(all.length / 10));
}

/**
 * Which of ten of a person's own replies they gave. `shipped`: by the shipped weights, which know the development data;
 * being right there more often than elsewhere, they seem too modest, so its ECE is high. `folds`: what other people may
 * expect, each reply by weights trained here without its chat and everybody in it (minutes).
 */
export async function replySuite(
  dataDir: string,
  embedder: Embedder,
  protocol: Protocol,
  report: Report,
): Promise<void> {
  const items = readHiddenTurns(dataDir, 'reply');
  const before =
    protocol === 'folds' ? await judgeLeftOut(dataDir, items, embedder) : (await judgeShipped(items, embedder)).before;
  const metric = (name: string) => (protocol === 'folds' ? `left-out/${name}` : name);
  reportShare(report, metric('r@1'), recallAtOne(before), before.length, TF_IDF.reply[0]);
  reportShare(report, metric('mrr'), meanReciprocalRank(before), before.length);
  reportShare(report, metric('ece'), calibrationErrorOf(before), before.length);
}

/** All sets teach, as in `npm run train:dialogue`; only `items` are judged. */
async function judgeLeftOut(dataDir: string, items: readonly HiddenTurn[], embedder: Embedder): Promise<Judged[]> {
  const dialogues = readDialogues(dataDir);
  const hidden = [
    ...(['dailydialog', 'realtalk', 'other'] as const).flatMap((set) => readHiddenTurns(dataDir, set)),
    ...items,
  ];
  const texts = hidden.flatMap(({ before, after, candidates }) => [...before, ...after, ...candidates]);
  const said = new Set([...dialogues.flatMap(({ turns }) => turns), ...texts].flatMap(messagesOf));
  const names = { version: 'left-out', embeddingModel: embedder.model };
  const { judged } = crossValidate(dialogues, hidden, await vectorsOf(said, embedder), names);
  return judged.before.filter(({ set }) => set === 'reply');
}

function reportShare(report: Report, metric: string, value: number, n: number, baseline: number | null = null): void {
  report({ metric, value, unit: 'share', n, baseline });
}
