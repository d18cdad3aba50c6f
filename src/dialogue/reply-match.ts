import type { SideModel } from './model.ts';
import type { PreparedMessage, PreparedTurn } from './prepared-turn.ts';
import { dot, type Matrix, project } from './projection.ts';

/** Neighbours of one side as the projection sees them; null: they cannot be compared. */
export interface ProjectedSide {
  turn: Matrix;
  /** the neighbours' projections added up */
  context: Float32Array;
  /** of each message of the nearest neighbour */
  messages: Float32Array[];
}

/** How well a turn answers (or is answered by) the neighbours of one side, each a log-odds up to a constant. */
export interface ReplyMatch {
  /** of the whole turn with the whole context */
  whole: number;
  /** of the best pair of a message of the turn and one of the nearest neighbour */
  message: number;
  /** mean over the neighbour's messages of what answers each best */
  covered: number;
  /** mean over the turn's messages of what each answers best */
  covering: number;
}

const NO_MATCH: ReplyMatch = { whole: 0, message: 0, covered: 0, covering: 0 };

/** @param turns nearest first */
export function projectSide(turns: readonly PreparedTurn[], { contexts, turn }: SideModel): ProjectedSide | null {
  const nearest = turns[0];
  if (nearest?.vector?.length !== turn.columns) return null;
  const context = new Float32Array(turn.rows);
  for (const [i, matrix] of contexts.entries()) {
    const vector = turns[i]?.vector;
    if (vector?.length !== matrix.columns) continue;
    for (const [d, value] of project(matrix, vector).entries()) context[d]! += value;
  }
  return { turn, context, messages: projectEach(nearest.messages, contexts[0]!) };
}

/** Each message is matched by itself too: a turn of several answers several things, and their mean blurs them. */
export function replyMatch(turn: PreparedTurn, side: ProjectedSide | null): ReplyMatch {
  if (side === null || turn.vector?.length !== side.turn.columns) return NO_MATCH;
  const whole = dot(project(side.turn, turn.vector), side.context);
  const own = projectEach(turn.messages, side.turn);
  if (own.length === 0 || side.messages.length === 0) return { ...NO_MATCH, whole };
  const products = own.map((mine) => side.messages.map((other) => dot(mine, other)));
  const bestOfOwn = products.map((row) => Math.max(...row));
  const bestOfOther = side.messages.map((_, j) => Math.max(...products.map((row) => row[j]!)));
  return { whole, message: Math.max(...bestOfOwn), covered: mean(bestOfOther), covering: mean(bestOfOwn) };
}

const projectEach = (messages: readonly PreparedMessage[], matrix: Matrix) =>
  messages.flatMap(({ vector }) => (vector?.length === matrix.columns ? [project(matrix, vector)] : []));

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
