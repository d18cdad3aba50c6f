import { cosine } from '../../dialogue/cosine.ts';
import type { Turn } from '../../dialogue/turn.ts';
import type { PastTurn } from './ports.ts';

/** Messages like the one before, and like the one after, that are looked at. */
const NEAREST = 60;
/** No neighbour on that side. */
const NONE = -1;

/** A person's messages with their vectors and order. Rows are the caller's numbers. */
export interface ContextIndex {
  /** rows of all speakers whose vectors are nearest to this one, nearest first */
  nearest(vector: Float32Array, count: number): { row: number; score: number }[];
  /** the row after, before, in its conversation; -1: none */
  next(row: number): number;
  previous(row: number): number;
  isOwn(row: number): boolean;
  /** null: not embedded */
  vectorOf(row: number): Float32Array | null;
  read(row: number): { id: string; text: string };
}

/**
 * The person's turns that stand in contexts like this one: what followed the messages that are most like the one right
 * before, and what stood before those most like the one right after. Two nearest-neighbour searches, whatever the length
 * of the history.
 */
export function likeContexts(
  index: ContextIndex,
  before: readonly Turn[],
  after: readonly Turn[],
  limit: number,
): PastTurn[] {
  const sides = [
    { vector: vectorOf(before.at(-1), -1), step: (row: number) => index.next(row) },
    { vector: vectorOf(after[0], 0), step: (row: number) => index.previous(row) },
  ];
  const known = sides.filter(({ vector }) => vector !== null).length;
  const sums = new Map<number, number>();
  for (const { vector, step } of sides) {
    if (vector === null) continue;
    for (const { row } of index.nearest(vector, NEAREST)) {
      const candidate = step(row);
      if (candidate !== NONE && index.isOwn(candidate)) sums.set(candidate, 0);
    }
  }
  for (const row of sums.keys()) {
    const like = (vector: Float32Array | null, neighbour: number) =>
      vector === null || neighbour === NONE ? 0 : cosine(vector, index.vectorOf(neighbour));
    sums.set(row, (like(sides[0]!.vector, index.previous(row)) + like(sides[1]!.vector, index.next(row))) / known);
  }
  return [...sums]
    .sort(([a, x], [b, y]) => y - x || a - b)
    .slice(0, limit)
    .map(([row, likeness]) => {
      const { id, text } = index.read(row);
      return { id, turn: { text, vector: index.vectorOf(row) }, likeness };
    });
}

/** Of the message of a turn that stands next to the place. */
const vectorOf = (turn: Turn | undefined, at: number) =>
  (turn?.messages === undefined ? turn?.vector : turn.messages.at(at)?.vector) ?? null;
