import { CUE_COUNT, cuesOf } from '../../src/dialogue/cues.ts';
import type { SideModel } from '../../src/dialogue/model.ts';
import type { Matrix } from '../../src/dialogue/projection.ts';
import type { Dialogue } from '../../test/eval/dialogues.ts';
import { turnOf } from '../../test/eval/hidden-turn-figures.ts';
import { type Pairing, trainEncoders } from './dual-encoder.ts';
import { principalDirections } from './matrices.ts';

/** Width of the projections. */
const WIDTH = 48;
const REPLY = { epochs: 12, rate: 2e-3, pull: 1e-2, sharpness: 10, width: WIDTH };
const ACTS = { epochs: 10, rate: 1e-2, pull: 1e-2, sharpness: 1, width: CUE_COUNT, positions: 1, isTurnFixed: true };
/** What the second and third neighbour count at the start of training. */
const START = [1, 0.5, 0.5];
/** Neighbours that are looked at on each side. */
const POSITIONS = { before: 3, after: 2 };

export type Side = keyof typeof POSITIONS;

/** The learned parts of one side, from these dialogues alone. */
export function trainSide(
  side: Side,
  dialogues: readonly Dialogue[],
  vectors: ReadonlyMap<string, Float32Array>,
): SideModel {
  const texts = [...new Set(dialogues.flatMap(({ turns }) => turns))];
  const rowOf = new Map(texts.map((text, row) => [text, row]));
  const pairingsIn = (some: readonly Dialogue[]) =>
    some.flatMap(({ turns }) => {
      const rows = turns.map((turn) => rowOf.get(turn)!);
      return pairingsOf(rows, side);
    });
  // by kind of talk: or else a turn could be told from the others of its batch by being short
  const kinds = [true, false].map((isShort) =>
    pairingsIn(dialogues.filter(({ id }) => id.startsWith('dailydialog/') === isShort)),
  );
  const { contexts, turn } = trainReplies(texts, kinds, POSITIONS[side], vectors);
  return { contexts, turn, acts: trainActs(texts, kinds) };
}

function trainReplies(
  texts: readonly string[],
  kinds: readonly Pairing[][],
  positions: number,
  vectors: ReadonlyMap<string, Float32Array>,
) {
  const columns = vectors.values().next().value!.length;
  const inputs = new Float32Array(texts.length * columns);
  for (const [row, text] of texts.entries()) inputs.set(turnOf(text, vectors).vector!, row * columns);
  const directions = principalDirections(inputs, columns, WIDTH);
  const contexts = START.slice(0, positions).map((share) => directions.map((value) => value * share));
  return trainEncoders(inputs, columns, kinds, { ...REPLY, positions, start: [...contexts, directions] });
}

/** A table of acts is an encoder whose turn is not projected: [cues of the turn, cues of the neighbour]. */
function trainActs(texts: readonly string[], kinds: readonly Pairing[][]): Matrix {
  const inputs = new Float32Array(texts.length * CUE_COUNT);
  for (const [row, text] of texts.entries()) inputs.set(cuesOf(text), row * CUE_COUNT);
  const identity = Float32Array.from({ length: CUE_COUNT ** 2 }, (_, i) => Number(i % (CUE_COUNT + 1) === 0));
  const start = [new Float32Array(CUE_COUNT ** 2), identity];
  return trainEncoders(inputs, CUE_COUNT, kinds, { ...ACTS, start }).contexts[0]!;
}

function pairingsOf(rows: readonly number[], side: Side): Pairing[] {
  const count = POSITIONS[side];
  return rows.flatMap((turn, at) => {
    const neighbours =
      side === 'before' ? rows.slice(Math.max(0, at - count), at).reverse() : rows.slice(at + 1, at + 1 + count);
    return neighbours.length === 0 ? [] : [{ turn, neighbours }];
  });
}
