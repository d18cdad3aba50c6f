import { type Matrix, type PackedMatrix, unpack } from './projection.ts';
import type { Basis, Signal } from './signals.ts';
import shipped from './weights.json' with { type: 'json' };

/** What one side of a turn is compared by. */
export interface SideModel {
  /**
   * Of the neighbours' vectors, nearest first, and of the turn's: the dot product of the projected neighbours' sum with
   * the projected turn is the log-odds of a reply, up to a constant.
   */
  contexts: Matrix[];
  turn: Matrix;
  /** [cues of the turn, cues of the neighbour] */
  acts: Matrix;
}

/** What each signal counts in short talk and among long messages (`Signals.longness`); a signal left out counts nothing. */
export type Blend = Partial<Record<Signal, [short: number, long: number]>>;

/**
 * What each move counts at each stage of a talk (`stages.ts`), beside the signals: [STAGE_COUNT, MOVE_COUNT] pairs, of
 * short talk and of long messages. Empty: nothing.
 */
export type StageTable = Float32Array;

/** Which blend: what vectors tell, and whether anything stands after the turn. */
export type BlendName = `${Basis}/${'both' | 'before'}`;

export interface DialogueModel {
  version: string;
  /** the embedding model the projections were trained for */
  embeddingModel: string;
  before: SideModel;
  after: SideModel;
  blends: Record<BlendName, Blend>;
  stages: Record<BlendName, StageTable>;
  /** documents of the general table, and in how many of them its commonest stems stand */
  documents: number;
  frequencies: ReadonlyMap<string, number>;
}

interface PackedSide {
  contexts: PackedMatrix[];
  turn: PackedMatrix;
  acts: PackedMatrix;
}

/** As it is shipped: matrices packed, tables as numbers with spaces, frequencies as "stem count stem count". */
export type PackedDialogueModel = Omit<DialogueModel, 'before' | 'after' | 'stages' | 'frequencies'> & {
  stages: Record<BlendName, string>;
  before: PackedSide;
  after: PackedSide;
  frequencies: string;
};

export function unpackModel(packed: PackedDialogueModel): DialogueModel {
  const side = ({ contexts, turn, acts }: PackedSide): SideModel => ({
    contexts: contexts.map(unpack),
    turn: unpack(turn),
    acts: unpack(acts),
  });
  const frequencies = new Map<string, number>();
  for (const [, stem, count] of packed.frequencies.matchAll(/(\S+) (\d+)/g)) frequencies.set(stem!, Number(count));
  const stages = Object.fromEntries(
    Object.entries(packed.stages).map(([name, table]) => [name, Float32Array.from(table.split(' '), Number)]),
  ) as DialogueModel['stages'];
  return { ...packed, stages, before: side(packed.before), after: side(packed.after), frequencies };
}

let unpacked: DialogueModel | undefined;

/** The weights in this repository, made by `scripts/train-dialogue.ts`; unpacked when first asked for. */
export function shippedModel(): DialogueModel {
  // the compiler takes the pairs of numbers in the file for arrays of any length
  unpacked ??= unpackModel(shipped as unknown as PackedDialogueModel);
  return unpacked;
}

/** Rarity of a stem by the general table: log(documents / frequency), rarest for what is not in it. */
export function generalRarity({ documents, frequencies }: DialogueModel): (term: string) => number {
  return (term) => Math.log(1 + documents / (1 + (frequencies.get(term) ?? 0)));
}
