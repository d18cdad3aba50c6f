import type { Sample } from './dataset.ts';

/** How many results are asked for: the deepest cut. */
export const TOP_K = 50;

/** A memory service under evaluation. */
export interface MemoryPort {
  readonly name: string;
  /** Takes a whole conversation in and makes it searchable. @returns a function that asks it */
  open(sample: Sample): Promise<(question: string) => Promise<string[]>>;
}
