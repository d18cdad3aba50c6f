import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Vec3 } from '../../src/palace/model.ts';
import { project } from '../../src/palace/project.ts';
import { seeded, unit } from '../helpers/unit-vector.ts';

const distance = (a: Vec3, b: Vec3) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

it('gives the same vector the same point, for ever', () => {
  const vector = unit(seeded(7));
  expect(project(vector)).toEqual(project(vector.slice()));
  // written down from the first release: a change here would move new memories away from old ones like them
  expect(project(vector).map((x) => x.toFixed(4))).toEqual(['0.2087', '-0.7432', '0.7722']);
});

it('keeps every point inside the cube, as float32', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      for (const x of project(unit(seeded(seed)))) {
        expect(Math.abs(x)).toBeLessThan(1);
        expect(Math.fround(x)).toBe(x);
      }
    }),
  );
});

it('uses the space: points spread on all three axes and crowd no wall', () => {
  const random = seeded(1);
  const points = Array.from({ length: 500 }, () => project(unit(random)));
  for (const axis of [0, 1, 2] as const) {
    const values = points.map((p) => p[axis]);
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(spread).toBeGreaterThan(0.3);
    expect(values.filter((x) => Math.abs(x) > 0.95).length).toBeLessThan(25);
  }
});

it('puts like vectors near each other, and the nearer the more alike they are', () => {
  const random = seeded(2);
  const mean = (mix: number) => {
    let sum = 0;
    for (let i = 0; i < 200; i++) {
      const [a, b] = [unit(random), unit(random)];
      const near = a.map((x, d) => Math.sqrt(1 - mix * mix) * x + mix * b[d]!); // cosine sqrt(1 - mix²)
      sum += distance(project(a), project(near)) / 200;
    }
    return sum;
  };
  const [alike, related, unrelated] = [mean(0.1), mean(0.5), mean(1)];
  expect(alike).toBeLessThan(related / 3);
  expect(related).toBeLessThan(unrelated / 1.5);
});
