import type { DialogueModel } from '../../src/dialogue/model.ts';
import type { Dialogue, HiddenTurn } from '../../test/eval/dialogues.ts';
import { type Judged, judge } from '../../test/eval/hidden-turn-figures.ts';
import { BLEND_NAMES, fitBlends, type Learned, type Seen, seen } from './blends.ts';
import { foldsOf } from './folds.ts';
import { frequenciesOf } from './frequencies.ts';
import { practiceOf } from './practice.ts';
import { trainSide } from './sides.ts';

/** What a made hidden turn counts beside one of the sets. */
const PRACTICE_WEIGHT = 0.5;
/** What is measured: the embedding model is the one that was trained for. */
const MEASURED = BLEND_NAMES.filter((name) => name.startsWith('projection/'));

export interface CrossValidated {
  /** what every hidden turn, of the sets and made, shows to weights that never saw its dialogue: what blends are fitted to */
  examples: Seen[];
  /** by weights of which no part saw the turn's fold */
  judged: { both: Judged[]; before: Judged[] };
}

export function learn(
  dialogues: readonly Dialogue[],
  vectors: ReadonlyMap<string, Float32Array>,
  names: Pick<DialogueModel, 'version' | 'embeddingModel'>,
): Learned {
  return {
    ...names,
    before: trainSide('before', dialogues, vectors),
    after: trainSide('after', dialogues, vectors),
    ...frequenciesOf(dialogues),
  };
}

/** Trains without each fold in turn and measures on it. */
export function crossValidate(
  dialogues: readonly Dialogue[],
  hidden: readonly HiddenTurn[],
  vectors: ReadonlyMap<string, Float32Array>,
  names: Pick<DialogueModel, 'version' | 'embeddingModel'>,
): CrossValidated {
  const folds = foldsOf(dialogues, hidden).map(({ training, tested, own }) => {
    const learned = learn(training, vectors, names);
    const practice = practiceOf(own).map((item) => seen(item, learned, vectors, PRACTICE_WEIGHT));
    return { learned, tested, examples: [...tested.map((item) => seen(item, learned, vectors)), ...practice] };
  });
  const judged: CrossValidated['judged'] = { both: [], before: [] };
  for (const fold of folds) {
    const others = folds.filter((other) => other !== fold).flatMap(({ examples }) => examples);
    const weights = { ...fold.learned, ...fitBlends(others, MEASURED) };
    const options = { vectors, embeddingModel: names.embeddingModel, weights };
    for (const item of fold.tested) {
      if (item.after.length > 0) judged.both.push(judge(item, { ...options, isAfterSeen: true }));
      judged.before.push(judge(item, { ...options, isAfterSeen: false }));
    }
  }
  return { examples: folds.flatMap(({ examples }) => examples), judged };
}
