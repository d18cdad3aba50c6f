import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pack, project, unpack } from '../../src/dialogue/projection.ts';

const value = fc.float({ min: -8, max: 8, noNaN: true });
const matrix = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 7 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    values: fc
      .array(value, { minLength: rows * columns, maxLength: rows * columns })
      .map((all) => Float32Array.from(all)),
  }),
);

it('keeps each component within half a step of its row', () => {
  fc.assert(
    fc.property(matrix, (whole) => {
      const { values } = unpack(pack(whole));
      for (let r = 0; r < whole.rows; r++) {
        const row = [...whole.values.subarray(r * whole.columns, (r + 1) * whole.columns)];
        const step = Math.max(...row.map(Math.abs)) / 127;
        for (const [c, exact] of row.entries()) {
          expect(Math.abs(values[r * whole.columns + c]! - exact)).toBeLessThanOrEqual(step / 2 + 1e-5);
        }
      }
    }),
  );
});

it('multiplies as rows times columns', () => {
  fc.assert(
    fc.property(matrix, ({ rows, columns, values }) => {
      for (let c = 0; c < columns; c++) {
        const axis = Array.from({ length: columns }, (_, i) => Number(i === c));
        const column = Array.from({ length: rows }, (_, r) => values[r * columns + c]!);
        expect([...project({ rows, columns, values }, axis)]).toEqual(column.map((one) => one + 0));
      }
    }),
  );
});
