import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { PackedDialogueModel, SideModel } from '../src/dialogue/model.ts';
import { pack } from '../src/dialogue/projection.ts';
import { loadNodeEmbedder } from '../src/embedding/node.ts';
import { type Dialogue, type HiddenTurn, readDialogues, readHiddenTurns } from '../test/eval/dialogues.ts';
import {
  calibrationErrorOf,
  type Judged,
  meanReciprocalRank,
  messagesOf,
  recallAtOne,
  topDecileAccuracy,
} from '../test/eval/hidden-turn-figures.ts';
import { vectorsOf } from '../test/eval/vectors.ts';
import { fitBlends } from './dialogue-training/blends.ts';
import { crossValidate, learn } from './dialogue-training/cross-validate.ts';

const FILE = join(import.meta.dirname, '../src/dialogue/weights.json');
const VERSION = 'dialogue-v1';
const SETS: HiddenTurn['set'][] = ['dailydialog', 'realtalk', 'other', 'reply'];
/** As the formatter writes a pair of numbers. */
const PAIR = /\[\s+(-?[\d.e-]+),\s+(-?[\d.e-]+)\s+\]/g;
const USAGE = `usage: node scripts/train-dialogue.ts --data DIR [--cache DIR]
Learns how well a turn fits its neighbours from the dialogues in DIR and writes src/dialogue/weights.json; the same data
give the same numbers. Figures on stderr are of hidden turns whose dialogue (its copies, and everybody who speaks in it)
no part of the weights has seen; see scripts/dialogue-training/folds.ts. --cache keeps the texts' vectors between runs.`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { data: { type: 'string' }, cache: { type: 'string' } } });
  if (values.data === undefined) {
    console.error(USAGE);
    return 2;
  }
  const dialogues = readDialogues(values.data);
  const hidden = SETS.flatMap((set) => readHiddenTurns(values.data!, set));
  const embedder = await loadNodeEmbedder();
  const vectors = await vectorsOf(textsOf(dialogues, hidden), embedder, values.cache);
  const names = { version: VERSION, embeddingModel: embedder.model };
  const { examples, judged } = crossValidate(dialogues, hidden, vectors, names);
  for (const [sides, cases] of Object.entries(judged)) show(sides, cases);
  const { before, after, frequencies, ...rest } = learn(dialogues, vectors, names);
  const { blends, stages } = fitBlends(examples);
  const tables = Object.entries(stages).map(([name, table]) => [name, Array.from(table, shortened).join(' ')]);
  const packed: PackedDialogueModel = {
    ...rest,
    blends,
    stages: Object.fromEntries(tables) as PackedDialogueModel['stages'],
    frequencies: [...frequencies].map(([stem, turns]) => `${stem} ${turns}`).join(' '),
    before: packSide(before),
    after: packSide(after),
  };
  writeFileSync(FILE, `${JSON.stringify(packed, null, 2).replace(PAIR, '[$1, $2]')}\n`);
  return 0;
}

function textsOf(dialogues: readonly Dialogue[], hidden: readonly HiddenTurn[]): Set<string> {
  const texts = hidden.flatMap(({ before, after, candidates }) => [...before, ...after, ...candidates]);
  return new Set([...dialogues.flatMap(({ turns }) => turns), ...texts].flatMap(messagesOf));
}

/** A float32 as the three digits it was rounded to. */
const shortened = (value: number) => Number(value.toPrecision(3));

const packSide = ({ contexts, turn, acts }: SideModel) => ({
  contexts: contexts.map(pack),
  turn: pack(turn),
  acts: pack(acts),
});

function show(sides: string, cases: readonly Judged[]): void {
  for (const set of [...SETS, 'all']) {
    const mine = cases.filter((one) => set === 'all' || one.set === set);
    if (mine.length === 0) continue;
    const figures = {
      'r@1': recallAtOne(mine),
      mrr: meanReciprocalRank(mine),
      ece: calibrationErrorOf(mine),
      'accuracy/top-decile': topDecileAccuracy(mine),
    };
    const text = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(3)}`);
    console.error(`${set}, ${sides}: ${text.join(', ')} (n = ${mine.length})`);
  }
}

process.exit(await main());
