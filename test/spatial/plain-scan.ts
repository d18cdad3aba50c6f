import type { ItemKind } from '../../src/spatial/spatial-index.ts';

/** The oracle: every item is looked at, one after the other, by the definition of the query. */
export class PlainScan {
  readonly items = new Map<number, Float32Array>();
  private readonly far: number;

  constructor(kind: ItemKind) {
    this.far = kind === 'points' ? 0 : 3;
  }

  box(bounds: Float32Array): number[] {
    return this.matching((item) =>
      [0, 1, 2].every((axis) => item[axis]! <= bounds[axis + 3]! && item[axis + this.far]! >= bounds[axis]!),
    );
  }

  sphere(centre: Float32Array, radius: number): number[] {
    const r = Math.fround(radius);
    return this.matching((item) => r >= 0 && this.squaredDistance(item, centre) <= r * r);
  }

  frustum(planes: Float32Array): number[] {
    return this.matching((item) =>
      [0, 4, 8, 12, 16, 20].every((plane) => {
        const [a, b, c, d] = planes.subarray(plane, plane + 4) as unknown as [number, number, number, number];
        const corner = (axis: number, normal: number) => item[normal > 0 ? axis + this.far : axis]!;
        return a * corner(0, a) + b * corner(1, b) + c * corner(2, c) + d >= 0;
      }),
    );
  }

  /** [slot, distance], nearest first, equal distances by slot. */
  nearest(point: Float32Array, k: number, maxDistance: number, accept: (slot: number) => boolean): [number, number][] {
    const limit = Math.fround(maxDistance) ** 2;
    return [...this.items]
      .map(([slot, item]) => [slot, this.squaredDistance(item, point)] as const)
      .filter(([slot, squared]) => squared <= limit && accept(slot))
      .sort((a, b) => a[1] - b[1] || a[0] - b[0])
      .slice(0, k)
      .map(([slot, squared]) => [slot, Math.sqrt(squared)]);
  }

  private matching(predicate: (item: Float32Array) => boolean): number[] {
    const slots: number[] = [];
    for (const [slot, item] of this.items) if (predicate(item)) slots.push(slot);
    return slots.sort((a, b) => a - b);
  }

  private squaredDistance(item: Float32Array, point: Float32Array): number {
    let sum = 0;
    for (let axis = 0; axis < 3; axis++) {
      const short = Math.max(item[axis]! - point[axis]!, 0, point[axis]! - item[axis + this.far]!);
      sum += short * short;
    }
    return sum;
  }
}
