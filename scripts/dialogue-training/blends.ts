import type { Blend, BlendName, DialogueModel, StageTable } from '../../src/dialogue/model.ts';
import { generalRarity } from '../../src/dialogue/model.ts';
import { type Basis, SIGNALS, type Signal, type Signals, signalsOf } from '../../src/dialogue/signals.ts';
import { MOVE_COUNT, STAGE_COUNT } from '../../src/dialogue/stages.ts';
import type { HiddenTurn } from '../../test/eval/dialogues.ts';
import { turnOf } from '../../test/eval/hidden-turn-figures.ts';
import { type Choice, fitConditionalLogit } from './conditional-logit.ts';

/** Everything of a model but its blends and the tables beside them. */
export type Learned = Omit<DialogueModel, 'blends' | 'stages'>;
export type Blends = Pick<DialogueModel, 'blends' | 'stages'>;

/** A hidden turn with the signals of every basis, by projections that never saw its dialogue. */
export interface Seen {
  item: HiddenTurn;
  choices: Record<BlendName, Choice | null>;
}

const BASES: Basis[] = ['projection', 'cosine', 'words'];
export const BLEND_NAMES = BASES.flatMap((basis): BlendName[] => [`${basis}/both`, `${basis}/before`]);
/** What a basis cannot know. */
const UNKNOWN: Record<Basis, RegExp> = { projection: /^$/, cosine: /reply_/, words: /reply_|meaning/ };

export function seen(item: HiddenTurn, learned: Learned, vectors: ReadonlyMap<string, Float32Array>, weight = 1): Seen {
  const turn = (text: string) => turnOf(text, vectors);
  const choiceOf = (name: BlendName): Choice | null => {
    const [basis, sides] = name.split('/') as [Basis, string];
    if (sides === 'both' && item.after.length === 0) return null;
    const after = sides === 'both' ? item.after.map(turn) : [];
    const model: DialogueModel = { ...learned, blends: {}, stages: {} } as DialogueModel;
    const neighbours = { before: item.before.map(turn), after };
    const signals = signalsOf(neighbours, item.candidates.map(turn), { model, basis, rarity: generalRarity(model) });
    return { signals: spread(signals, UNKNOWN[basis]), gold: item.gold, weight };
  };
  return { item, choices: Object.fromEntries(BLEND_NAMES.map((name) => [name, choiceOf(name)])) as Seen['choices'] };
}

const WIDTH = 2 * (SIGNALS.length + STAGE_COUNT * MOVE_COUNT);

/** @param names those that are wanted; the others are empty */
export function fitBlends(examples: readonly Seen[], names = BLEND_NAMES): Blends {
  const fitted = BLEND_NAMES.map((name) => [name, names.includes(name) ? fitBlend(examples, name) : EMPTY] as const);
  return {
    blends: Object.fromEntries(fitted.map(([name, { blend }]) => [name, blend])) as Blends['blends'],
    stages: Object.fromEntries(fitted.map(([name, { stages }]) => [name, stages])) as Blends['stages'],
  };
}

const EMPTY: { blend: Blend; stages: StageTable } = { blend: {}, stages: new Float32Array(0) };

function fitBlend(examples: readonly Seen[], name: BlendName): typeof EMPTY {
  const choices = examples.flatMap(({ choices: one }) => one[name] ?? []);
  const weights = fitConditionalLogit(choices, WIDTH, { from: 2 * SIGNALS.length, scale: STAGE_SCALE });
  const pairs = Array.from({ length: WIDTH / 2 }, (_, i): [number, number] => {
    const [short, change] = [weights[2 * i]!, weights[2 * i + 1]!];
    return [rounded(short), rounded(short + change)];
  });
  const told = SIGNALS.map((signal, i): [Signal, [number, number]] => [signal, pairs[i]!]);
  return {
    blend: Object.fromEntries(told.filter(([, [short, long]]) => short !== 0 || long !== 0)) as Blend,
    stages: Float32Array.from(pairs.slice(SIGNALS.length).flat()),
  };
}

/** Each signal twice: as it is, and by how long the talk is, so that a linear fit finds a weight for either end. */
function spread({ values, longness, staged }: Signals, unknown: RegExp): Float64Array {
  const rows = staged.moves.length;
  const out = new Float64Array(rows * WIDTH);
  const put = (row: number, column: number, value: number) => {
    out[row * WIDTH + 2 * column] = value;
    out[row * WIDTH + 2 * column + 1] = value * longness;
  };
  for (const [at, value] of values.entries()) {
    if (!unknown.test(SIGNALS[at % SIGNALS.length]!)) put(Math.floor(at / SIGNALS.length), at % SIGNALS.length, value);
  }
  for (const [row, moves] of staged.moves.entries()) {
    for (const stage of staged.stages) {
      for (const move of moves) put(row, SIGNALS.length + stage * MOVE_COUNT + move, 1);
    }
  }
  return out;
}

/** What a move at a stage counts beside a signal of unit spread: as it is, rare ones would have as much freedom as common ones. */
const STAGE_SCALE = 0.7;
/** Three digits carry more than the data can tell. */
const rounded = (value: number) => Number(value.toPrecision(3));
