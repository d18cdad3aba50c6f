// @ts-nocheck AssemblyScript, not TypeScript: compiled by asc to .build/vectors.wasm

/**
 * Dot products of one int16 query with `count` int8 rows, row-major and packed.
 * The sum stays inside int32 as long as the caller keeps |query| within QUERY_MAX of vectors.ts.
 *
 * @param width components a row, a multiple of 16; the query has as many
 */
export function dots(query: usize, rows: usize, count: i32, width: i32, out: usize): void {
  let row = rows;
  for (let i = 0; i < count; i++) {
    let even = i32x4.splat(0);
    let odd = i32x4.splat(0);
    let q = query;
    const end = row + <usize>width;
    while (row < end) {
      // 8 int8 widened to int16, multiplied by 8 query components, added pairwise into 4 int32
      even = i32x4.add(even, i32x4.dot_i16x8_s(v128.load_ext<i8>(row), v128.load(q)));
      odd = i32x4.add(odd, i32x4.dot_i16x8_s(v128.load_ext<i8>(row, 8), v128.load(q, 16)));
      row += 16;
      q += 32;
    }
    const sum = i32x4.add(even, odd);
    store<i32>(
      out + (<usize>i << 2),
      i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3),
    );
  }
}
