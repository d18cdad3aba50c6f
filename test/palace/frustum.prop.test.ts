import fc from 'fast-check';
import { expect, it } from 'vitest';
import { frustumPlanes } from '../../src/palace/frustum.ts';

const metre = fc.integer({ min: -20, max: 20 });
const point = fc.tuple(metre, metre, metre);

/** By angles, with z up: what is ahead within half the view to the sides and up. */
function sees(yaw: number, tall: number, wide: number, near: number, far: number, p: readonly number[]): number {
  const ahead = p[0]! * Math.cos(yaw) + p[1]! * Math.sin(yaw);
  const aside = -p[0]! * Math.sin(yaw) + p[1]! * Math.cos(yaw);
  return Math.min(ahead - near, far - ahead, wide * ahead - Math.abs(aside), tall * ahead - Math.abs(p[2]!));
}

it('holds exactly what a camera sees', () => {
  const camera = fc.record({ yaw: fc.float({ min: 0, max: 6, noNaN: true }), fov: fc.integer({ min: 20, max: 150 }) });
  fc.assert(
    fc.property(camera, fc.constantFrom(0.5, 1, 1.8), point, point, ({ yaw, fov }, aspect, eye, offset) => {
      const planes = frustumPlanes({
        position: eye,
        direction: [3 * Math.cos(yaw), 3 * Math.sin(yaw), 0],
        up: [0, 0, 2],
        fov_degrees: fov,
        aspect,
        near: 0.5,
        far: 15,
      });
      const tall = Math.tan((fov * Math.PI) / 360);
      const margin = sees(yaw, tall, tall * aspect, 0.5, 15, offset);
      fc.pre(Math.abs(margin) > 1e-3); // on the border float32 may go either way
      const at = offset.map((x, i) => x + eye[i]!);
      const inside = Array.from({ length: 6 }, (_, i) => {
        const [a, b, c, d] = planes.subarray(4 * i, 4 * i + 4);
        return a! * at[0]! + b! * at[1]! + c! * at[2]! + d!;
      }).every((side) => side >= 0);
      expect(inside).toBe(margin > 0);
    }),
    { numRuns: 1_000 },
  );
});
