/** Symmetric int8: value ≈ `values[i]` × the scale of its row or column, in [-127, 127]. */
export interface Quantised {
  values: Int8Array<ArrayBuffer>;
  scales: Float32Array<ArrayBuffer>;
}

/** One scale for each column of a row-major [rows, columns] matrix: what a matrix product needs. */
export const quantiseColumns = (matrix: Float32Array, rows: number, columns: number): Quantised =>
  quantise(matrix, rows, columns, columns, (_row, column) => column);

/** One scale for each row of a row-major [rows, columns] matrix: what a look-up table needs. */
export const quantiseRows = (matrix: Float32Array, rows: number, columns: number): Quantised =>
  quantise(matrix, rows, columns, rows, (row) => row);

function quantise(
  matrix: Float32Array,
  rows: number,
  columns: number,
  groups: number,
  groupOf: (row: number, column: number) => number,
): Quantised {
  const largest = new Float64Array(groups);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const group = groupOf(row, column);
      largest[group] = Math.max(largest[group]!, Math.abs(matrix[row * columns + column]!));
    }
  }
  // an all-zero group keeps any scale but 0
  const scales = Float32Array.from(largest, (value) => (value || 1) / 127);
  const values = new Int8Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      values[at] = Math.round(matrix[at]! / scales[groupOf(row, column)]!);
    }
  }
  return { values, scales };
}
