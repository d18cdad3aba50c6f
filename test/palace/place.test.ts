import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HALF_SIDE, place, type Vec3 } from '../../src/palace/place.ts';

const DIMENSIONS = 512;

/** The same numbers in every run. */
function seeded(state: number): () => number {
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A unit vector in a direction that no other shares. */
function unit(random: () => number, dimensions = DIMENSIONS): Float32Array {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const vector = Float32Array.from({ length: dimensions }, gauss);
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}
const distance = (a: Vec3, b: Vec3) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

it('gives the same vector the same place, for ever', () => {
  const vector = unit(seeded(7));
  expect(place(vector)).toEqual(place(vector.slice()));
  // written down from the first release: a change here would move everyone's memories
  expect(place(vector).map((x) => x.toFixed(3))).toEqual(['10.436', '-37.158', '38.608']);
});

it('keeps every place inside the space, as float32', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      for (const x of place(unit(seeded(seed)))) {
        expect(Math.abs(x)).toBeLessThan(HALF_SIDE);
        expect(Math.fround(x)).toBe(x);
      }
    }),
  );
});

it('uses the space: places spread on all three axes and crowd no wall', () => {
  const random = seeded(1);
  const places = Array.from({ length: 500 }, () => place(unit(random)));
  for (const axis of [0, 1, 2] as const) {
    const values = places.map((p) => p[axis]);
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan(5);
    expect(spread).toBeGreaterThan(15);
    expect(values.filter((x) => Math.abs(x) > 0.95 * HALF_SIDE).length).toBeLessThan(25);
  }
});

it('puts like vectors near each other, and the nearer the more alike they are', () => {
  const random = seeded(2);
  const mean = (mix: number) => {
    let sum = 0;
    for (let i = 0; i < 200; i++) {
      const [a, b] = [unit(random), unit(random)];
      const near = a.map((x, d) => Math.sqrt(1 - mix * mix) * x + mix * b[d]!); // cosine sqrt(1 - mix²)
      sum += distance(place(a), place(near)) / 200;
    }
    return sum;
  };
  const [alike, related, unrelated] = [mean(0.1), mean(0.5), mean(1)];
  expect(alike).toBeLessThan(related / 3);
  expect(related).toBeLessThan(unrelated / 1.5);
});

it('serves models of other dimensions', () => {
  expect(place(unit(seeded(3), 384))).toHaveLength(3);
});
