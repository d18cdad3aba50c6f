import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contains, planRoom, ROOM_CAPACITY } from '../../src/palace/layouts.ts';
import type { Vec3 } from '../../src/palace/model.ts';
import { placeInRoom } from '../../src/palace/placement.ts';
import { Shelf } from '../../src/palace/shelf.ts';
import { quantize } from '../../src/spatial/quantize.ts';
import { seeded, unit } from '../helpers/unit-vector.ts';

const DIMENSIONS = 24;
const { bounds } = planRoom('mansion', 'work', 3);

/** Places vectors one after the other; each sees those before it. */
function fill(vectors: readonly Float32Array[]): { places: Vec3[]; shelf: Shelf } {
  const shelf = new Shelf(DIMENSIONS);
  const places = vectors.map((vector, row) => {
    const place = placeInRoom(vector, shelf, bounds);
    const { bytes, scale } = quantize(vector);
    shelf.add(row, bytes, scale, place);
    return place;
  });
  return { places, shelf };
}

/** Vectors of which some are equal, opposite or zero, as no model gives them. */
const vectors = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.nat()), { minLength: 1, maxLength: 40 })
  .map((seeds) =>
    seeds.map((seed) => {
      const vector = unit(seeded(seed), DIMENSIONS);
      return seed === 3 ? vector.map((x) => -x) : seed === 4 ? vector.fill(0) : vector;
    }),
  );

it('keeps every memory inside its room, off the walls, as float32', () => {
  fc.assert(
    fc.property(vectors, (given) => {
      for (const place of fill(given).places) {
        expect(contains(bounds, place)).toBe(true);
        for (const axis of [0, 1, 2] as const) {
          expect(place[axis] - bounds.min[axis]).toBeGreaterThanOrEqual(0.5);
          expect(bounds.max[axis] - place[axis]).toBeGreaterThanOrEqual(0.5);
          expect(Math.fround(place[axis])).toBe(place[axis]);
        }
      }
    }),
  );
});

it('gives the same memories the same places, and moves none for a later one', () => {
  fc.assert(
    fc.property(vectors, fc.nat(39), (given, cut) => {
      const { places } = fill(given);
      expect(fill(given).places).toEqual(places);
      expect(fill(given.slice(0, cut)).places).toEqual(places.slice(0, cut));
    }),
  );
});

it('puts a memory nearer to those it is like than to the others', () => {
  const random = seeded(5);
  const topics = Array.from({ length: 4 }, () => unit(random, DIMENSIONS));
  const near = topics.flatMap((topic) =>
    Array.from({ length: 30 }, () => {
      const noise = unit(random, DIMENSIONS);
      const mixed = topic.map((x, i) => x + 0.5 * noise[i]!);
      const length = Math.hypot(...mixed);
      return mixed.map((x) => x / length);
    }),
  );
  const order = near.map((_, i) => (i % 4) * 30 + Math.floor(i / 4));
  const { places } = fill(order.map((i) => near[i]!));
  let right = 0;
  for (const [i, place] of places.entries()) {
    const others = places.map((other, j) => ({
      j,
      d: j === i ? Infinity : Math.hypot(...other.map((x, a) => x - place[a]!)),
    }));
    const nearest = others.reduce((best, one) => (one.d < best.d ? one : best));
    if (nearest.j % 4 === i % 4) right++;
  }
  expect(right / places.length).toBeGreaterThan(0.9); // 0.25 by chance
});

it('forgets what leaves a shelf: those that stay decide as if it had never been there', () => {
  fc.assert(
    fc.property(vectors, fc.nat(39), fc.nat(), (given, gone, seed) => {
      const { shelf } = fill(given);
      const without = new Shelf(DIMENSIONS);
      expect(shelf.remove(gone)).toBe(gone < given.length);
      for (let i = 0; i < shelf.size; i++) {
        const { bytes, scale } = quantize(given[shelf.rows[i]!]!);
        without.add(shelf.rows[i]!, bytes, scale, [...shelf.positions.subarray(3 * i, 3 * i + 3)] as unknown as Vec3);
      }
      const next = unit(seeded(seed), DIMENSIONS);
      expect(placeInRoom(next, shelf, bounds)).toEqual(placeInRoom(next, without, bounds));
      expect(shelf.fit(next)).toBeCloseTo(without.fit(next), 4);
    }),
  );
});

it('says when a room is full', () => {
  const shelf = new Shelf(2);
  for (let row = 0; row < ROOM_CAPACITY; row++) shelf.add(row, Int8Array.of(1, 0), 1, [0, 0, 0]);
  expect(() => shelf.add(ROOM_CAPACITY, Int8Array.of(1, 0), 1, [0, 0, 0])).toThrow(RangeError);
});

/** Sammon's stress of a spot, written again from the paper: squared misfits of the distances over the distances wished for. */
function stressAt(spot: readonly number[], vector: Float32Array, shelf: Shelf): number {
  return [...shelf.cosines(vector)].reduce((sum, cosine, i) => {
    const share = Math.min(1, Math.max(0, (Math.sqrt(Math.max(0, 2 - 2 * cosine)) - 0.35) / 1.05));
    const wished = 0.2 + 11.8 * share ** 4;
    return sum + (Math.hypot(...spot.map((x, axis) => x - shelf.positions[3 * i + axis]!)) - wished) ** 2 / wished;
  }, 0);
}

it('finds a spot from which no step along any axis betters the fit by much', () => {
  const random = seeded(11);
  const topics = Array.from({ length: 3 }, () => unit(random, DIMENSIONS));
  const given = Array.from({ length: 60 }, (_, k) => {
    const noise = unit(random, DIMENSIONS);
    const mixed = topics[k % 3]!.map((x, i) => x + 0.8 * noise[i]!);
    return mixed.map((x) => x / Math.hypot(...mixed));
  });
  const { shelf } = fill(given.slice(0, 40));
  const gains = given.slice(40).flatMap((vector) => {
    const place = placeInRoom(vector, shelf, bounds);
    const here = stressAt(place, vector, shelf);
    return [0, 1, 2].map((axis) => {
      const moved = [-0.2, 0.2].map((step) => place.map((x, a) => (a === axis ? x + step : x)));
      const inside = moved.filter((spot) =>
        spot.every((x, a) => x >= bounds.min[a]! + 0.5 && x <= bounds.max[a]! - 0.5),
      );
      return Math.max(0, ...inside.map((spot) => 1 - stressAt(spot, vector, shelf) / here));
    });
  });
  expect(Math.max(...gains)).toBeLessThan(0.01);
});
