import type { ShapeKind } from '../../spatial/arena.ts';
import { THREADS } from './device.ts';

// WGSL. Every kernel proposes: it may name a row too many, never one too few; the host settles.

/** Slack for float32 (unit roundoff 6e-8) over fewer than ten operations, and for numbers that a device takes for 0. */
const RELATIVE = '1e-6';
const ABSOLUTE = '1e-35';

const TOUCHES: Record<ShapeKind, string> = {
  box: /* wgsl */ `
    let low = vec3f(queries[q], queries[q + 1u], queries[q + 2u]);
    let high = vec3f(queries[q + 3u], queries[q + 4u], queries[q + 5u]);
    return all(p >= low) && all(p <= high);`,
  sphere: /* wgsl */ `
    let offset = p - vec3f(queries[q], queries[q + 1u], queries[q + 2u]);
    let radius = queries[q + 3u];
    return dot(offset, offset) <= radius * radius * (1.0 + ${RELATIVE}) + ${ABSOLUTE};`,
  frustum: /* wgsl */ `
    for (var plane = q; plane < q + 24u; plane += 4u) {
      let parts = vec4f(queries[plane] * p.x, queries[plane + 1u] * p.y, queries[plane + 2u] * p.z, queries[plane + 3u]);
      let size = abs(parts.x) + abs(parts.y) + abs(parts.z) + abs(parts.w);
      if (parts.x + parts.y + parts.z + parts.w < -${RELATIVE} * size - ${ABSOLUTE}) { return false; }
    }
    return true;`,
};

/**
 * One bit for each row of a page and each query: whether the row may lie inside. Bits, not a list, so that no order hangs on
 * the device and no list can overflow.
 */
export const shapeKernel = (kind: ShapeKind, width: number): string => /* wgsl */ `
  struct Params { rows: u32, stride: u32, first: u32 }
  @group(0) @binding(0) var<storage, read> points: array<f32>;
  @group(0) @binding(1) var<storage, read> queries: array<f32>;
  @group(0) @binding(2) var<storage, read_write> bits: array<u32>;
  @group(0) @binding(3) var<uniform> params: Params;
  var<workgroup> words: array<atomic<u32>, ${THREADS / 32}>;

  fn touches(p: vec3f, q: u32) -> bool {${TOUCHES[kind]}
  }

  @compute @workgroup_size(${THREADS})
  fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
    if (thread < ${THREADS / 32}u) { atomicStore(&words[thread], 0u); }
    workgroupBarrier();
    let row = group.x * ${THREADS}u + thread;
    if (row < params.rows) {
      let p = vec3f(points[3u * row], points[3u * row + 1u], points[3u * row + 2u]);
      if (touches(p, group.y * ${width}u)) { atomicOr(&words[thread >> 5u], 1u << (thread & 31u)); }
    }
    workgroupBarrier();
    let word = params.first + group.x * ${THREADS / 32}u + thread;
    if (thread < ${THREADS / 32}u && word < params.stride) {
      bits[group.y * params.stride + word] = atomicLoad(&words[thread]);
    }
  }`;

/** Larger than every key. */
export const NO_KEY = 3e38;

/**
 * The `kept` smallest keys of a stream, at equal keys the lower row: a buffer in workgroup memory with the best in front,
 * sorted (bitonic) whenever the rest is full.
 */
const selection = (kept: number): string => /* wgsl */ `
  const KEPT: u32 = ${kept}u;
  const SLOTS: u32 = 512u;
  var<workgroup> keys: array<f32, 512>;
  var<workgroup> rowsOf: array<u32, 512>;
  var<workgroup> waiting: atomic<u32>;
  var<workgroup> threshold: f32;
  var<workgroup> isFull: u32;

  fn clear(from_: u32, thread: u32) {
    for (var slot = from_ + thread; slot < SLOTS; slot += ${THREADS}u) {
      keys[slot] = ${NO_KEY};
      rowsOf[slot] = 0xffffffffu;
    }
  }

  fn begin(thread: u32) {
    clear(0u, thread);
    if (thread == 0u) { atomicStore(&waiting, 0u); threshold = ${NO_KEY}; }
    workgroupBarrier();
  }

  fn isBefore(a: u32, b: u32) -> bool {
    return keys[a] < keys[b] || (keys[a] == keys[b] && rowsOf[a] < rowsOf[b]);
  }

  fn settle(thread: u32) {
    workgroupBarrier();
    for (var run = 2u; run <= SLOTS; run <<= 1u) {
      for (var step = run >> 1u; step > 0u; step >>= 1u) {
        let a = ((thread & ~(step - 1u)) << 1u) | (thread & (step - 1u));
        let b = a | step;
        if (isBefore(b, a) == ((a & run) == 0u)) {
          let key = keys[a]; keys[a] = keys[b]; keys[b] = key;
          let row = rowsOf[a]; rowsOf[a] = rowsOf[b]; rowsOf[b] = row;
        }
        workgroupBarrier();
      }
    }
    clear(KEPT, thread);
    if (thread == 0u) { atomicStore(&waiting, 0u); threshold = keys[KEPT - 1u]; }
    workgroupBarrier();
  }

  fn offer(thread: u32, key: f32, row: u32, isThere: bool) {
    if (isThere && key <= threshold) {
      let slot = KEPT + atomicAdd(&waiting, 1u);
      keys[slot] = key;
      rowsOf[slot] = row;
    }
    workgroupBarrier();
    if (thread == 0u) { isFull = select(0u, 1u, atomicLoad(&waiting) + ${THREADS}u > SLOTS - KEPT); }
    if (workgroupUniformLoad(&isFull) == 1u) { settle(thread); }
  }
`;

const OUTPUT = /* wgsl */ `
    settle(thread);
    if (thread < KEPT) {
      outKeys[out * KEPT + thread] = keys[thread];
      outRows[out * KEPT + thread] = rowsOf[thread];
    }`;

/** The smallest squared distances of each query among one chunk of a page. */
export const nearestKernel = (kept: number): string => /* wgsl */ `
  ${selection(kept)}
  struct Params { rows: u32, base: u32, chunk: u32, chunks: u32, firstChunk: u32 }
  @group(0) @binding(0) var<storage, read> points: array<f32>;
  @group(0) @binding(1) var<storage, read> queries: array<f32>;
  @group(0) @binding(2) var<storage, read_write> outKeys: array<f32>;
  @group(0) @binding(3) var<storage, read_write> outRows: array<u32>;
  @group(0) @binding(4) var<uniform> params: Params;

  @compute @workgroup_size(${THREADS})
  fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
    let q = 4u * group.y;
    let centre = vec3f(queries[q], queries[q + 1u], queries[q + 2u]);
    begin(thread);
    let last = min((group.x + 1u) * params.chunk, params.rows);
    for (var first = group.x * params.chunk; first < last; first += ${THREADS}u) {
      let row = first + thread;
      var key = 0.0;
      if (row < last) {
        let offset = vec3f(points[3u * row], points[3u * row + 1u], points[3u * row + 2u]) - centre;
        key = dot(offset, offset);
      }
      offer(thread, key, params.base + row, row < last);
    }
    let out = group.y * params.chunks + params.firstChunk + group.x;${OUTPUT}
  }`;

/** Rows of which four components lie beside each other in memory, so that neighbouring threads read neighbouring words. */
export const INTERLEAVED = 64;

const ELEMENT = { float32: 'vec4f', int8: 'u32' } as const;
const COMPONENTS = { float32: 'rows[at]', int8: 'vec4f(unpack4xI8(rows[at]))' } as const;

/** The largest dot products of each query among one chunk of a page: keys are negated. */
export const cosineKernel = (kind: 'float32' | 'int8', quads: number, kept: number): string =>
  /* wgsl */ `
  ${selection(kept)}
  struct Params { rows: u32, base: u32, chunk: u32, chunks: u32, firstChunk: u32 }
  @group(0) @binding(0) var<storage, read> rows: array<${ELEMENT[kind]}>;
  @group(0) @binding(1) var<storage, read> scales: array<f32>;
  @group(0) @binding(2) var<storage, read> queries: array<vec4f>;
  @group(0) @binding(3) var<storage, read_write> outKeys: array<f32>;
  @group(0) @binding(4) var<storage, read_write> outRows: array<u32>;
  @group(0) @binding(5) var<uniform> params: Params;
  var<workgroup> query: array<vec4f, ${quads}>;

  @compute @workgroup_size(${THREADS})
  fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
    for (var j = thread; j < ${quads}u; j += ${THREADS}u) { query[j] = queries[group.y * ${quads}u + j]; }
    begin(thread);
    let last = min((group.x + 1u) * params.chunk, params.rows);
    for (var first = group.x * params.chunk; first < last; first += ${THREADS}u) {
      let row = first + thread;
      var key = 0.0;
      if (row < last) {
        let block = (row / ${INTERLEAVED}u) * ${INTERLEAVED * quads}u + row % ${INTERLEAVED}u;
        var sum = vec4f(0.0);
        for (var j = 0u; j < ${quads}u; j++) {
          let at = block + j * ${INTERLEAVED}u;
          sum = fma(${COMPONENTS[kind]}, query[j], sum);
        }
        key = -(sum.x + sum.y + sum.z + sum.w) * scales[row];
      }
      offer(thread, key, params.base + row, row < last);
    }
    let out = group.y * params.chunks + params.firstChunk + group.x;${OUTPUT}
  }`;

/** The best of each query's chunks. */
export const mergeKernel = (kept: number): string => /* wgsl */ `
  ${selection(kept)}
  struct Params { chunks: u32 }
  @group(0) @binding(0) var<storage, read> inKeys: array<f32>;
  @group(0) @binding(1) var<storage, read> inRows: array<u32>;
  @group(0) @binding(2) var<storage, read_write> outKeys: array<f32>;
  @group(0) @binding(3) var<storage, read_write> outRows: array<u32>;
  @group(0) @binding(4) var<uniform> params: Params;

  @compute @workgroup_size(${THREADS})
  fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
    begin(thread);
    let count = params.chunks * KEPT;
    for (var first = 0u; first < count; first += ${THREADS}u) {
      let at = first + thread;
      var key = ${NO_KEY};
      var row = 0xffffffffu;
      if (at < count) { key = inKeys[group.y * count + at]; row = inRows[group.y * count + at]; }
      offer(thread, key, row, key < ${NO_KEY});
    }
    let out = group.y;${OUTPUT}
  }`;

/** A float32 row in multiples of 2^-14, halves upwards as Math.round has them; exact, since the factor is a power of two. */
const WHOLE = {
  float32: /* wgsl */ `
    let scaled = rows[at] * 16384.0;
    let below = floor(scaled);
    return vec4i(below) + select(vec4i(0), vec4i(1), scaled - below >= vec4f(0.5));`,
  int8: /* wgsl */ `
    return unpack4xI8(rows[at]);`,
} as const;

/** Dot products of each row of a page with each axis, in integers. */
export const projectKernel = (kind: 'float32' | 'int8', quads: number): string => /* wgsl */ `
  struct Params { rows: u32, axes: u32 }
  @group(0) @binding(0) var<storage, read> rows: array<${ELEMENT[kind]}>;
  @group(0) @binding(1) var<storage, read> axes: array<vec4i>;
  @group(0) @binding(2) var<storage, read_write> sums: array<i32>;
  @group(0) @binding(3) var<uniform> params: Params;

  fn whole(at: u32) -> vec4i {${WHOLE[kind]}
  }

  @compute @workgroup_size(${THREADS})
  fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
    let row = group.x * ${THREADS}u + thread;
    if (row >= params.rows) { return; }
    let block = (row / ${INTERLEAVED}u) * ${INTERLEAVED * quads}u + row % ${INTERLEAVED}u;
    var sum = vec4i(0);
    for (var j = 0u; j < ${quads}u; j++) {
      sum += whole(block + j * ${INTERLEAVED}u) * axes[group.y * ${quads}u + j];
    }
    sums[row * params.axes + group.y] = sum.x + sum.y + sum.z + sum.w;
  }`;
