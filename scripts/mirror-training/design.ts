import { DENSE, FEATURES, SURFACE, WORD_BUCKETS } from '../../src/mirror/personality/features.ts';
import type { PersonalityState } from '../../src/mirror/personality/personality-state.ts';
import type { inputOf } from '../../src/mirror/personality/score.ts';
import type { PersonalityWeights } from '../../src/mirror/personality/weights.ts';
import type { Square } from './linear-algebra.ts';
import { centred, gram, mixed } from './ridge.ts';

/** Columns that share one prior: a group's share of the kernel is fixed, whatever its number of columns. */
interface Group {
  name: 'surface' | 'dense' | 'words' | 'grams' | 'vector' | 'anchors';
  /** [texts] of [width], scaled so that the group's kernel has its share */
  rows: Float32Array[];
}

const SHARE: Readonly<Record<Group['name'], number>> = {
  surface: 1,
  dense: 0.5,
  words: 0.5,
  grams: 0.5,
  vector: 1,
  anchors: 0.3,
};
/** A rate counts by its deviation under chance, and no rarer than this: the rarest words say nothing. */
const LEAST_RATE = 1e-4;

export type Groups = readonly Group['name'][];
export const BASIS_GROUPS = {
  surface: ['surface'],
  lexical: ['dense', 'words', 'grams'],
  embedding: ['dense', 'words', 'grams', 'vector', 'anchors'],
} as const satisfies Record<string, Groups>;

/** Mean and deviation of dense rates over texts: what "usual" means to the heads. Labels play no part in it. */
export function scaleOf(states: readonly PersonalityState[]): Pick<PersonalityWeights, 'mean' | 'deviation'> {
  const mean = new Float64Array(DENSE);
  const deviation = new Float64Array(DENSE);
  const usable = states.filter(({ fadedWords }) => fadedWords >= 50);
  for (let i = 0; i < DENSE; i++) {
    const rates = usable.map(({ counts, fadedWords, fadedAllWords }) => {
      return counts[i]! / (i < SURFACE ? fadedAllWords : fadedWords);
    });
    mean[i] = average(rates);
    // a feature that hardly occurs must not become a thousand deviations at its first use
    deviation[i] = Math.sqrt(average(rates.map((rate) => (rate - mean[i]!) ** 2))) + 1e-4;
  }
  return { mean, deviation };
}

/** Every text's features as the heads see them, by group, with the kernels of the groups. */
export class Design {
  readonly kernels = new Map<Group['name'], Square>();
  private readonly groups: Group[];
  /** column weights that turn a scaled column back into the product's: [FEATURES], then the vector's */
  private readonly lexicalScale = new Float64Array(FEATURES);
  private vectorScale = new Float64Array(0);
  private anchorScale: Float64Array[] = [];
  private readonly shares = new Map<Group['name'], number>();

  constructor(inputs: readonly ReturnType<typeof inputOf>[], directions: readonly Float64Array[]) {
    const lexical = inputs.map((input) => input.lexical);
    const vectors = inputs.map(({ vector }) => vector ?? new Float64Array(directions[0]!.length));
    this.scaleColumns(lexical, vectors, directions);
    this.groups = this.groupsOf(lexical, vectors);
    for (const { name, rows } of this.groups) {
      const { kernel, scale } = centred(gram(rows));
      this.kernels.set(name, kernel);
      this.shares.set(name, scale);
    }
  }

  /** Kernel of some groups by their shares, mean diagonal 1. */
  kernel(groups: Groups): Square {
    const all = groups.reduce((sum, name) => sum + SHARE[name], 0);
    return mixed(groups.map((name) => [this.kernels.get(name)!, SHARE[name] / all] as const));
  }

  /** Primal weights in the product's own columns, from dual ones over `cases`. */
  primal(groups: Groups, dual: Float64Array): { lexical: Float64Array; vector: Float64Array } {
    const lexical = new Float64Array(FEATURES);
    const vector = new Float64Array(this.vectorScale.length);
    const all = groups.reduce((sum, name) => sum + SHARE[name], 0);
    const centre = average([...dual]);
    for (const name of groups) {
      const rows = this.groups.find((group) => group.name === name)!.rows;
      const sums = new Float64Array(rows[0]!.length);
      for (const [i, row] of rows.entries()) {
        for (let c = 0; c < sums.length; c++) sums[c]! += (dual[i]! - centre) * row[c]!;
      }
      const factor = SHARE[name] / all / this.shares.get(name)!;
      this.addBack(name, sums, factor, lexical, vector);
    }
    return { lexical, vector };
  }

  private addBack(
    name: Group['name'],
    sums: Float64Array,
    factor: number,
    lexical: Float64Array,
    vector: Float64Array,
  ): void {
    if (name === 'vector') for (let d = 0; d < sums.length; d++) vector[d]! += factor * sums[d]! * this.vectorScale[d]!;
    else if (name === 'anchors') {
      for (const [a, direction] of this.anchorScale.entries()) {
        for (let d = 0; d < vector.length; d++) vector[d]! += factor * sums[a]! * direction[d]!;
      }
    } else {
      const from = startOf(name);
      for (let c = 0; c < sums.length; c++) lexical[from + c]! += factor * sums[c]! * this.lexicalScale[from + c]!;
    }
  }

  private scaleColumns(lexical: Float64Array[], vectors: Float64Array[], directions: readonly Float64Array[]): void {
    for (let i = 0; i < FEATURES; i++) {
      this.lexicalScale[i] = i < DENSE ? 1 : 1 / Math.sqrt(average(lexical.map((row) => row[i]!)) + LEAST_RATE);
    }
    this.vectorScale = Float64Array.from({ length: directions[0]!.length }, (_, d) => {
      return 1 / (deviationOf(vectors.map((row) => row[d]!)) || 1);
    });
    this.anchorScale = directions.map((direction) => {
      const deviation = deviationOf(vectors.map((row) => dot(row, direction))) || 1;
      return direction.map((value) => value / deviation);
    });
  }

  private groupsOf(lexical: Float64Array[], vectors: Float64Array[]): Group[] {
    const columns = (from: number, to: number) =>
      lexical.map((row) =>
        Float32Array.from(row.subarray(from, to), (value, c) => value * this.lexicalScale[from + c]!),
      );
    return [
      { name: 'surface', rows: columns(0, SURFACE) },
      { name: 'dense', rows: columns(0, DENSE) },
      { name: 'words', rows: columns(DENSE, DENSE + WORD_BUCKETS) },
      { name: 'grams', rows: columns(DENSE + WORD_BUCKETS, FEATURES) },
      { name: 'vector', rows: vectors.map((row) => Float32Array.from(row, (v, d) => v * this.vectorScale[d]!)) },
      { name: 'anchors', rows: vectors.map((row) => Float32Array.from(this.anchorScale, (to) => dot(row, to))) },
    ];
  }
}

const startOf = (name: Group['name']): number =>
  name === 'words' ? DENSE : name === 'grams' ? DENSE + WORD_BUCKETS : 0;

export const average = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
};

const deviationOf = (values: readonly number[]): number => {
  const mean = average(values);
  return Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
};

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
