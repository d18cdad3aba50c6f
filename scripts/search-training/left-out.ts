import { type Forest, forestScores, packForest, unpackForest } from '../../src/palace/forest.ts';
import { bootstrapGain } from '../../test/eval/bootstrap-ci.ts';
import { byCategory, CUTS, meanRecall } from '../../test/eval/recall.ts';
import { FOREST_OPTIONS, fitForest, type LookExample } from './lambda-mart.ts';

/** Recall at each of CUTS of one question, by the blend alone and with trees that never saw its conversation. */
interface Compared {
  sample: string;
  category: string;
  before: number[];
  recall: number[];
}

/** Trees by the conversation that was left out of them. */
export type LeftOut = ReadonlyMap<string, Forest>;

export function leaveOut(examples: readonly LookExample[], options = FOREST_OPTIONS): LeftOut {
  const samples = [...new Set(examples.map(({ sample }) => sample))];
  return new Map(
    samples.map((id) => {
      const others = examples.filter(({ sample }) => sample !== id);
      return [id, unpackForest(packForest('', fitForest(others, options)))];
    }),
  );
}

/** A line for each category: how recall changes, and the interval of the gain at ten. */
export function gainLines(examples: readonly LookExample[], forests: LeftOut): string[] {
  const compared = examples.map((example) => comparedBy(example, forests.get(example.sample)!));
  return [...byCategory(compared)].map(([category, group]) => {
    const of = group as Compared[]; // groups hold what they were given
    const after = meanRecall(of);
    const before = meanRecall(of.map((one) => ({ ...one, recall: one.before })));
    const at10 = CUTS.indexOf(10);
    const gain = bootstrapGain(
      of.map(({ recall }) => recall[at10]!),
      of.map((one) => one.before[at10]!),
    );
    const shown = CUTS.map((cut, i) => `@${cut} ${before[i]!.toFixed(4)} -> ${after[i]!.toFixed(4)}`).join(', ');
    const interval = `${gain.mean.toFixed(4)} (${gain.low.toFixed(4)} to ${gain.high.toFixed(4)})`;
    return `${category}: ${shown}; gain @10 ${interval}, n = ${of.length}`;
  });
}

function comparedBy(example: LookExample, forest: Forest): Compared {
  const { sample, category, base, features } = example;
  const looks = features.length === 0 ? null : forestScores(forest, features, features.length / base.length);
  const before = recallOf(example, base);
  const recall =
    looks === null
      ? before
      : recallOf(
          example,
          base.map((score, i) => score + looks[i]!),
        );
  return { sample, category, before, recall };
}

function recallOf({ isGold, wanted }: LookExample, scores: Float64Array): number[] {
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  return CUTS.map((cut) => order.slice(0, cut).filter((i) => isGold[i] === 1).length / wanted);
}
