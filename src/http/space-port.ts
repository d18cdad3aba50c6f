import type { Outcome } from '../shared/errors.ts';

/** A palace as of an epoch: its memories are numbered from 0, by age. */
export interface SpaceStamp {
  palaceId: string;
  /** names what was true since the last restore: epochs of two lives are not compared */
  life: string;
  epoch: number;
  size: number;
}

export interface NamedPlace {
  id: string;
  position: [number, number, number];
}

/** Whole palaces as numbers, for what is computed over many people's. Methods answer null where the epoch is another. */
export interface SpacePort {
  /** @param palaceId null: the default palace */
  stamp(palaceId: string | null): Promise<Outcome<SpaceStamp>>;
  /** Row-major [size, 3], metres. */
  points(palaceId: string, epoch: number): Promise<Float32Array | null>;
  named(palaceId: string, epoch: number, numbers: Uint32Array): Promise<NamedPlace[] | null>;
}
