import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PalaceHost } from '../../durable-objects/palace/palace-host.ts';
import type { Life } from '../../durable-objects/stores/life-store.ts';
import { MemoryCache } from '../../src/cache/memory.ts';
import { ChangeLogs } from '../../src/palace/change-log.ts';
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
  { weight: 3, arbitrary: fc.record({ do: fc.constant('put' as const), row, palace, spot, isAsked: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), row }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('touch' as const), row }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('restore' as const, 'roll-back' as const) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wake' as const), isolate: fc.integer({ min: 0, max: 1 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('lose' as const),
      row,
      palace,
      spot,
      isolate: fc.integer({ min: 0, max: 1 }),
    }),
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

const BOX: Shape & { type: 'box' } = { type: 'box', min: [-3, -3, -3], max: [0, 0, 0] };

/** A change that never was, made up for elsewhere, so that the first isolate holds a log of the very epoch it comes back to. */
const LOST_AND_BACK = [
  { do: 'ask' as const, palace: 1, shape: BOX },
  { do: 'lose' as const, row: 1, palace: 1, spot: [0, 0, 0] as Corner, isolate: 1 },
  { do: 'put' as const, row: 2, palace: 1, spot: [-1, 0, 0] as Corner, isAsked: false },
  { do: 'wake' as const, isolate: 0 },
  { do: 'ask' as const, palace: 1, shape: BOX },
];

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
      const isolates = [0, 1].map(() => ({ cache: new MemoryCache(100_000), logs: new ChangeLogs() }));
      let host = new PalaceHost(stores, isolates[0]);
      const put = async (row: number, palace: number, position: Vec3, meanwhile = async () => {}) => {
        const life = { row, palace, position } as unknown as Life;
        host.bump();
        lives.set(row, life);
        await meanwhile();
        host.note([life]);
      };
      const look = async (palace: number) => void (await host.find({ row: palace } as Palace, BOX));
      for (const one of steps) {
        if (one.do === 'ask') {
          const found = await host.find({ row: one.palace } as Palace, one.shape);
          expect([...found.rows]).toEqual(scan([...lives.values()], one.palace, one.shape));
        } else if (one.do === 'burst') {
          for (let i = 0; i < one.changes; i++) {
            const at: Vec3 = [(i % 7) - 3, (i % 5) - 2, 1];
            await put(1 + (i % one.rows), 1, at);
          }
        } else if (one.do === 'put') {
          await put(one.row, one.palace, one.spot, one.isAsked ? () => look(one.palace) : undefined);
        } else if (one.do === 'touch') {
          host.bump();
          host.note([...lives.values()].filter((life) => life.row === one.row));
        } else if (one.do === 'delete') {
          host.bump();
          lives.delete(one.row);
          host.forget(one.row);
        } else if (one.do === 'wake') host = new PalaceHost(stores, isolates[one.isolate]);
        else if (one.do === 'lose') {
          // the object ends before a change is on disk: what the isolate's memory has taken in never was
          const [before, kept] = [new Map(lives), { ...meta }];
          await put(one.row, one.palace, one.spot);
          await look(one.palace);
          for (const row of lives.keys()) if (!before.has(row)) lives.delete(row);
          for (const [row, life] of before) lives.set(row, life);
          Object.assign(meta, kept);
          host = new PalaceHost(stores, isolates[one.isolate]);
        } else if (one.do === 'restore') {
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
    { numRuns: 400, examples: [[LOST_AND_BACK]] },
  );
});
