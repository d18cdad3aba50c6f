import type { Report } from '../bench/report.ts';
import { bootstrapGain, bootstrapMean, type Interval } from './bootstrap-ci.ts';
import type { Sample } from './dataset.ts';
import type { MemoryPort } from './memory-port.ts';
import { type Answered, byCategory, CUTS, meanRecall, recallAtCuts } from './recall.ts';

const CUT_10 = CUTS.indexOf(10);

/**
 * Turn-level recall of a service, with that of a baseline from the same run beside it.
 * Questions without evidence are left out and counted on stderr.
 */
export async function recallSuite(
  samples: readonly Sample[],
  service: MemoryPort,
  baseline: MemoryPort,
  report: Report,
): Promise<void> {
  const skipped = samples.flatMap(({ questions }) => questions).filter(({ gold }) => gold.length === 0).length;
  const ours = await answerAll(samples, service);
  const theirs = await answerAll(samples, baseline);
  const floors = byCategory(theirs);
  for (const [category, answered] of byCategory(ours)) {
    const floor = meanRecall(floors.get(category) ?? []);
    for (const [i, value] of meanRecall(answered).entries()) {
      const metric = `recall@${CUTS[i]}/${category}`;
      report({ metric, value, unit: 'fraction', n: answered.length, baseline: floor[i]! });
    }
  }
  const at10 = (answered: readonly Answered[]) => answered.map(({ recall }) => recall[CUT_10]!);
  console.error(`questions without evidence, skipped: ${skipped}`);
  console.error(`recall@10, ${service.name}: ${shown(bootstrapMean(at10(ours)))}`);
  console.error(`gain over ${baseline.name}: ${shown(bootstrapGain(at10(ours), at10(theirs)))}`);
}

async function answerAll(samples: readonly Sample[], service: MemoryPort): Promise<Answered[]> {
  const answered: Answered[] = [];
  for (const sample of samples) {
    const ask = await service.open(sample);
    for (const { text, category, gold } of sample.questions) {
      if (gold.length === 0) continue;
      answered.push({ sample: sample.id, category, recall: recallAtCuts(await ask(text), gold) });
    }
  }
  return answered;
}

const shown = ({ mean, low, high }: Interval) =>
  `${mean.toFixed(4)} (95 % interval ${low.toFixed(4)} to ${high.toFixed(4)}, paired bootstrap, 1,000 resamples)`;
