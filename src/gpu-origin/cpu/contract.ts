import type { Arena, Batch, Hits, QueryKind, Ranked } from '../../spatial/arena.ts';
import type { SharedStore } from '../../spatial/bucket-store.ts';
import type { RowNeighbours } from '../../spatial/layout/neighbour-finder.ts';

/** What the main thread asks of a thread. An arena is sent once and named by its handle from then on. */
export type Task =
  | { type: 'load'; handle: number; arena: Arena }
  | { type: 'drop'; handle: number }
  | { type: 'query'; kind: QueryKind; handles: number[]; which: Batch['which']; values: Batch['values']; limit: number }
  | { type: 'neighbours'; handle: number; from: number; to: number; k: number }
  | { type: 'project'; handle: number; axes: Float32Array };

/** What each gives: `load` the index of the arena's points, if it has some; `drop` nothing. */
export type TaskAnswer = SharedStore | Hits | Ranked | RowNeighbours | Float64Array | null;

export interface Asked {
  number: number;
  task: Task;
}

export type Answered = { number: number; answer: TaskAnswer } | { number: number; error: string };
