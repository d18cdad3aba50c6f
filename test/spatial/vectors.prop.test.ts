import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantize } from '../../src/spatial/quantize.ts';
import { VectorIndex } from '../../src/spatial/vectors.ts';
import { loadVectorKernel } from '../helpers/vector-kernel.ts';

const kernel = loadVectorKernel();
const DIMENSIONS = 20; // not a multiple of the kernel's 16 lanes

interface Stored {
  bytes: Int8Array;
  scale: number;
}

const bytes = fc.array(fc.integer({ min: -127, max: 127 }), { minLength: DIMENSIONS, maxLength: DIMENSIONS });
// few distinct values make ties
const stored = fc
  .tuple(
    fc.oneof(
      bytes,
      fc.constantFrom(0, 1, 127).map((v) => Array<number>(DIMENSIONS).fill(v)),
    ),
    fc.constantFrom(0, 0.25, 0.5),
  )
  .map(([list, scale]): Stored => ({ bytes: Int8Array.from(list), scale }));
const query = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: DIMENSIONS, maxLength: DIMENSIONS })
  .map((list) => Float32Array.from(list));

function dot(asked: Float32Array, { bytes: list, scale }: Stored): number {
  let sum = 0;
  for (let i = 0; i < list.length; i++) sum += asked[i]! * list[i]!;
  return sum * scale;
}

function byScan(
  vectors: ReadonlyMap<number, Stored>,
  asked: Float32Array,
  k: number,
  accept: (row: number) => boolean,
) {
  return [...vectors]
    .filter(([row]) => accept(row))
    .map(([row, vector]) => ({ row, score: dot(asked, vector) }))
    .sort((a, b) => b.score - a.score || a.row - b.row)
    .slice(0, k);
}

describe('VectorIndex', () => {
  it('finds exactly what a plain scan finds, in the same order, after any adding, replacing and removing', () => {
    const steps = fc.array(fc.tuple(fc.nat(12), fc.option(stored, { freq: 2 })), { maxLength: 120 });
    fc.assert(
      fc.property(steps, query, fc.integer({ min: 1, max: 20 }), fc.boolean(), (changes, asked, k, filtered) => {
        const index = new VectorIndex(kernel, DIMENSIONS);
        const vectors = new Map<number, Stored>();
        for (const [row, vector] of changes) {
          if (vector === null) {
            expect(index.remove(row)).toBe(vectors.delete(row));
          } else {
            index.add(row, vector.bytes, vector.scale);
            vectors.set(row, vector);
          }
        }
        const accept = (row: number) => !filtered || row % 3 !== 0;
        expect(index.size).toBe(vectors.size);
        expect(index.topK(asked, k, accept)).toEqual(byScan(vectors, asked, k, accept));
      }),
      { numRuns: 500 },
    );
  });

  it('scans every row once, close to exact, across block borders', () => {
    const index = new VectorIndex(kernel, 512);
    const vectors = new Map<number, Stored>();
    let state = 7;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32 - 0.5;
    };
    const vector = () => Float32Array.from({ length: 512 }, random);
    for (let row = 0; row < 2_500; row++) {
      const { bytes: list, scale } = quantize(vector());
      index.add(row * 2, list, scale);
      vectors.set(row * 2, { bytes: list, scale });
    }
    const asked = vector();
    const seen = new Map<number, number>();
    index.scan(asked, (row, score) => seen.set(row, score));
    expect(seen.size).toBe(2_500);
    for (const [row, each] of vectors) expect(seen.get(row)).toBeCloseTo(dot(asked, each), 2);
  });

  it('puts right what the rounded query misorders', () => {
    const index = new VectorIndex(kernel, 4);
    const step = 1 / 8_191;
    const asked = Float32Array.of(1, 1.4 * step, 0.6 * step, 0.6 * step); // rounds to 8191, 1, 1, 1
    index.add(1, Int8Array.of(0, 1, 0, 0), 1); // exactly 1.4 steps, 1 as rounded
    index.add(2, Int8Array.of(0, 0, 1, 1), 1); // exactly 1.2 steps, 2 as rounded
    expect(index.topK(asked, 1).map(({ row }) => row)).toEqual([1]);
  });

  it('does not overflow at the most dimensions and the largest components', () => {
    const index = new VectorIndex(kernel, 2_048);
    index.add(1, new Int8Array(2_048).fill(127), 1);
    expect(index.topK(new Float32Array(2_048).fill(-1), 1)[0]!.score).toBe(-127 * 2_048);
    index.scan(new Float32Array(2_048).fill(-1), (_row, score) => expect(score).toBeCloseTo(-127 * 2_048, 0));
  });

  it('refuses vectors of another length', () => {
    const index = new VectorIndex(kernel, 8);
    index.add(0, new Int8Array(8), 1);
    expect(() => index.add(1, new Int8Array(9), 1)).toThrow(RangeError);
    expect(() => index.topK(new Float32Array(7), 1)).toThrow(RangeError);
    expect(() => new VectorIndex(kernel, 0)).toThrow(RangeError);
  });
});

describe('quantize', () => {
  it('is off by at most half a step', () => {
    fc.assert(
      fc.property(query, (vector) => {
        const { bytes: list, scale } = quantize(vector);
        for (const [i, value] of vector.entries()) {
          expect(Math.abs(list[i]! * scale - value)).toBeLessThanOrEqual(scale * 0.5001);
        }
      }),
    );
  });
});
