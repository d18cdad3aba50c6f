import type { Blend, BlendName, DialogueModel } from '../../src/dialogue/model.ts';
import { generalRarity } from '../../src/dialogue/model.ts';
import { type Basis, SIGNALS, type Signal, type Signals, signalsOf } from '../../src/dialogue/signals.ts';
import type { HiddenTurn } from '../../test/eval/dialogues.ts';
import { turnOf } from '../../test/eval/hidden-turn-figures.ts';
import { type Choice, fitConditionalLogit } from './conditional-logit.ts';

/** Everything of a model but its blends. */
export type Learned = Omit<DialogueModel, 'blends'>;

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
    const model: DialogueModel = { ...learned, blends: {} as DialogueModel['blends'] };
    const neighbours = { before: item.before.map(turn), after };
    const signals = signalsOf(neighbours, item.candidates.map(turn), { model, basis, rarity: generalRarity(model) });
    return { signals: spread(signals, UNKNOWN[basis]), gold: item.gold, weight };
  };
  return { item, choices: Object.fromEntries(BLEND_NAMES.map((name) => [name, choiceOf(name)])) as Seen['choices'] };
}

/** @param names those that are wanted; the others are empty */
export function fitBlends(examples: readonly Seen[], names = BLEND_NAMES): Record<BlendName, Blend> {
  const entries = BLEND_NAMES.map((name): [BlendName, Blend] => {
    if (!names.includes(name)) return [name, {}];
    const choices = examples.flatMap(({ choices: one }) => one[name] ?? []);
    const weights = fitConditionalLogit(choices, 2 * SIGNALS.length);
    const pairs = SIGNALS.map((signal, i): [Signal, [number, number]] => {
      const [short, change] = [weights[2 * i]!, weights[2 * i + 1]!];
      return [signal, [rounded(short), rounded(short + change)]];
    });
    return [name, Object.fromEntries(pairs.filter(([, [short, long]]) => short !== 0 || long !== 0)) as Blend];
  });
  return Object.fromEntries(entries) as Record<BlendName, Blend>;
}

/** Each signal twice: as it is, and by how long the talk is, so that a linear fit finds a weight for either end. */
function spread({ values, longness }: Signals, unknown: RegExp): Float64Array {
  const out = new Float64Array(2 * values.length);
  for (const [at, value] of values.entries()) {
    if (unknown.test(SIGNALS[at % SIGNALS.length]!)) continue;
    out[2 * at] = value;
    out[2 * at + 1] = value * longness;
  }
  return out;
}

/** Three digits carry more than the data can tell. */
const rounded = (value: number) => Number(value.toPrecision(3));
