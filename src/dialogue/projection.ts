import { fromBase64, toBase64 } from '../shared/base64.ts';

/** A linear map as it is shipped: int8 rows with one scale each, both base64. */
export interface PackedMatrix {
  rows: number;
  columns: number;
  /** row-major int8 [rows, columns] */
  bytes: string;
  /** little-endian float32 [rows]; component (r, c) is `bytes[r, c] * scales[r]` */
  scales: string;
}

/** A linear map ready to be used. */
export interface Matrix {
  rows: number;
  columns: number;
  /** row-major [rows, columns] */
  values: Float32Array;
}

/** Rounds to int8 by the largest component of each row. */
export function pack({ rows, columns, values }: Matrix): PackedMatrix {
  const bytes = new Int8Array(rows * columns);
  const scales = new DataView(new ArrayBuffer(rows * 4));
  for (let r = 0; r < rows; r++) {
    const row = values.subarray(r * columns, (r + 1) * columns);
    const scale = Math.fround(row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127);
    scales.setFloat32(r * 4, scale, true);
    if (scale > 0) for (let c = 0; c < columns; c++) bytes[r * columns + c] = Math.round(row[c]! / scale);
  }
  return {
    rows,
    columns,
    bytes: toBase64(new Uint8Array(bytes.buffer)),
    scales: toBase64(new Uint8Array(scales.buffer)),
  };
}

export function unpack({ rows, columns, bytes, scales }: PackedMatrix): Matrix {
  const packed = new Int8Array(fromBase64(bytes).buffer);
  const factors = new DataView(fromBase64(scales).buffer);
  const values = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    const scale = factors.getFloat32(r * 4, true);
    for (let c = 0; c < columns; c++) values[r * columns + c] = packed[r * columns + c]! * scale;
  }
  return { rows, columns, values };
}

/** The matrix times a vector of `columns`. @returns [rows] */
export function project({ rows, columns, values }: Matrix, vector: ArrayLike<number>): Float32Array {
  const out = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let c = 0, at = r * columns; c < columns; c++, at++) sum += values[at]! * vector[c]!;
    out[r] = sum;
  }
  return out;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
