import type { RelayoutView } from '../palace/relayout/contract.ts';
import type { Outcome } from '../shared/errors.ts';
import type { Idempotency } from './palace-port.ts';

/** What the consumer needs to know before it begins. */
export interface RelayoutWork {
  /** memories to lay out */
  size: number;
  dimensions: number;
}

/** Vectors of a stretch of memories, ascending by row: component = byte * scale. */
export interface VectorPage {
  rows: Uint32Array;
  /** row-major [rows, dimensions] */
  bytes: Int8Array;
  scales: Float32Array;
}

export interface NewPlaces {
  rows: Uint32Array;
  /** row-major [rows, 3], any unit */
  places: Float32Array;
  ranAt: 'cpu' | 'webgpu' | 'local';
}

/** What routes and the queue's consumer may ask of the layouts of a person's palaces. `task`: the ULID. */
export interface RelayoutPort {
  start(palaceId: string, idempotency: Idempotency): Promise<Outcome<RelayoutView>>;
  last(palaceId: string): Promise<Outcome<RelayoutView>>;
  undo(palaceId: string): Promise<Outcome<RelayoutView>>;

  /** null: nothing is left to do of it */
  begin(task: string): Promise<RelayoutWork | null>;
  vectors(task: string, afterRow: number, limit: number): Promise<VectorPage>;
  /** @returns whether to go on */
  progress(task: string, share: number): Promise<boolean>;
  /** All of them or none. */
  apply(task: string, places: NewPlaces): Promise<void>;
  /** It could not be done now: it is tried again, or given up, and both show. */
  failed(task: string, error: string): Promise<void>;
}
