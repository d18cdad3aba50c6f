import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PalaceHost } from '../../durable-objects/palace/palace-host.ts';
import type { Life } from '../../durable-objects/stores/life-store.ts';
import { frustumPlanes } from '../../src/palace/frustum.ts';
import type { Shape } from '../../src/palace/memories/contract.ts';
import type { Palace, Vec3 } from '../../src/palace/model.ts';
import { palaceStorage } from '../helpers/palace-storage.ts';

// few spots and few shapes, so that shapes are asked again and changes fall in, on the border of and beside them
const metre = fc.integer({ min: -3, max: 3 });
const spot = fc.tuple(metre, metre, metre);
type Corner = [number, number, number];
const shape: fc.Arbitrary<Exclude<Shape, { type: 'nearest' }>> = fc.oneof(
  fc
    .constantFrom<[Corner, Corner]>(
      [
        [-3, -3, -3],
        [0, 0, 0],
      ],
      [
        [0, 0, 0],
        [3, 3, 3],
      ],
      [
        [-1, -1, -1],
        [1, 1, 1],
      ],
    )
    .map(([min, max]) => ({ type: 'box' as const, min, max })),
  fc.constantFrom<[Corner, number]>([[0, 0, 0], 1], [[2, 2, 2], 2], [[-3, 0, 0], 3]).map(([center, radius]) => ({
    type: 'sphere' as const,
    ...{ center, radius },
  })),
  fc.constantFrom<Corner>([1, 0, 0], [0, 1, 1]).map((direction) => ({
    type: 'frustum' as const,
    ...{
      position: [0, 0, 0] as Corner,
      direction,
      up: [0, 0, 1] as Corner,
      fov_degrees: 90,
      aspect: 1,
      near: 0,
      far: 3,
    },
  })),
);
const palace = fc.integer({ min: 1, max: 2 });
const row = fc.integer({ min: 1, max: 6 });
const burst = fc.constantFrom({ rows: 5, changes: 1_100 }, { rows: 80, changes: 80 });
const step = fc.oneof(
  { weight: 1, arbitrary: burst.map((one) => ({ do: 'burst' as const, ...one })) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('put' as const), row, palace, spot }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), row }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('touch' as const), row }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('sleep' as const, 'restore' as const, 'roll-back' as const) }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('ask' as const), palace, shape }) },
);

function holds(asked: Exclude<Shape, { type: 'nearest' }>, at: Vec3): boolean {
  if (asked.type === 'box') return at.every((x, axis) => asked.min[axis]! <= x && x <= asked.max[axis]!);
  if (asked.type === 'sphere') return Math.hypot(...at.map((x, axis) => x - asked.center[axis]!)) <= asked.radius;
  const planes = frustumPlanes(asked);
  return [0, 4, 8, 12, 16, 20].every(
    (p) => Math.fround(planes[p]! * at[0] + planes[p + 1]! * at[1] + planes[p + 2]! * at[2] + planes[p + 3]!) >= 0,
  );
}

/** Rows in the order of an answer: a box by row, others by distance, equal ones by row. */
function scan(lives: readonly Life[], palace: number, asked: Exclude<Shape, { type: 'nearest' }>): number[] {
  const from = asked.type === 'box' ? null : asked.type === 'sphere' ? asked.center : asked.position;
  const distance = ({ position }: Life) =>
    from === null ? 0 : Math.hypot(...position.map((x, axis) => x - from[axis]!));
  return lives
    .filter((life) => life.palace === palace && holds(asked, life.position))
    .sort((a, b) => distance(a) - distance(b) || a.row - b.row)
    .map(({ row }) => row);
}

it('never serves a spatial answer that a scan of storage would not give', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const { lives, meta, stores } = palaceStorage();
      let host = new PalaceHost(stores);
      const put = (row: number, palace: number, position: Vec3) => {
        const life = { row, palace, position } as unknown as Life;
        host.bump();
        lives.set(row, life);
        host.note([life]);
      };
      for (const one of steps) {
        if (one.do === 'ask') {
          const found = await host.find({ row: one.palace } as Palace, one.shape);
          expect([...found.rows]).toEqual(scan([...lives.values()], one.palace, one.shape));
        } else if (one.do === 'burst') {
          for (let i = 0; i < one.changes; i++) {
            const at: Vec3 = [(i % 7) - 3, (i % 5) - 2, 1];
            put(1 + (i % one.rows), 1, at);
          }
        } else if (one.do === 'put') {
          put(one.row, one.palace, one.spot);
        } else if (one.do === 'touch') {
          host.bump();
          host.note([...lives.values()].filter((life) => life.row === one.row));
        } else if (one.do === 'delete') {
          host.bump();
          lives.delete(one.row);
          host.forget(one.row);
        } else if (one.do === 'sleep') host = new PalaceHost(stores);
        else if (one.do === 'restore') {
          lives.set(1, { row: 1, palace: 1, position: [1, 1, 1] } as unknown as Life); // behind its back, at the same epoch
          host.reset();
        } else {
          const { epoch } = meta;
          host.bump();
          meta.epoch = epoch;
          host.reset();
        }
      }
    }),
    { numRuns: 400 },
  );
});
