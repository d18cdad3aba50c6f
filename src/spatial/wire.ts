import { Buffer } from 'node:buffer';
import { type Arena, type Batch, type Hits, MOST_NEIGHBOURS, type QueryKind, type Ranked, WIDTH_OF } from './arena.ts';

// Frames between the Worker and the GPU origin. Little-endian, as every machine is that either runs on. A frame is a
// header of 16 bytes (magic "PGO1", u16 version, u16 op, u32 count, u32 flags), four u32, then sections that each begin at
// a multiple of 16, so that they are read in place as typed arrays.

const MAGIC = 0x314f4750;
const VERSION = 1;
const PREAMBLE = 32;
const ALIGN = 16;
/** id (32 bytes), epoch (float64), 8 bytes of nothing */
const ARENA_ENTRY = 48;
const REPLY = 0x8000;
const OPS: Record<QueryKind, number> = { box: 1, sphere: 2, frustum: 3, nearest: 4, cosine: 5 };
const [ARENA_OP, PLACES_OP] = [16, 17];
const [HAS_POINTS, HAS_FLOATS, HAS_BYTES] = [1, 2, 4];

/** Most queries and arenas of one frame. */
export const FRAME_LIMITS = { queries: 65_536, arenas: 4_096, dimensions: 2_048, cap: 65_536 } as const;

/** Not a frame of this kind and version, or one that contradicts itself. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** A batch whose arenas are only named. `limit`: rows stored for each query (box, sphere, frustum), or the k. */
export interface QueryFrame extends Omit<Batch, 'arenas'> {
  kind: QueryKind;
  arenas: readonly ArenaName[];
  limit: number;
}

/** `id`: 64 hexadecimal digits. */
export interface ArenaName {
  id: string;
  epoch: number;
}

export interface ReplyFrame {
  /** which backend computed it */
  ranAt: 'cpu' | 'webgpu';
  answer: Hits | Ranked;
}

export const isArenaId = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

export function encodeQuery({ kind, arenas, which, values, limit }: QueryFrame): Uint8Array<ArrayBuffer> {
  const width = which.length === 0 ? 0 : values.length / which.length;
  const frame = new FrameWriter(
    OPS[kind],
    which.length,
    0,
    [arenas.length, limit, width, 0],
    [arenas.length * ARENA_ENTRY, which.byteLength, values.byteLength],
  );
  const table = bufferOf(frame.section(0));
  arenas.forEach(({ id, epoch }, i) => {
    table.write(id, i * ARENA_ENTRY, 32, 'hex');
    table.writeDoubleLE(epoch, i * ARENA_ENTRY + 32);
  });
  frame.put(1, which);
  frame.put(2, values);
  return frame.bytes;
}

/** @throws WireError */
export function decodeQuery(bytes: Uint8Array): QueryFrame {
  const frame = new FrameReader(bytes);
  const kind = (Object.keys(OPS) as QueryKind[]).find((name) => OPS[name] === frame.op);
  if (kind === undefined) throw new WireError('It is no query.');
  const [arenaCount, limit, width] = frame.params;
  const { queries, arenas: mostArenas, dimensions, cap } = FRAME_LIMITS;
  must(frame.count <= queries, `A frame has at most ${queries} queries.`);
  must(arenaCount <= mostArenas, `A frame names at most ${mostArenas} arenas.`);
  const isRanked = kind === 'nearest' || kind === 'cosine';
  must(limit <= (isRanked ? MOST_NEIGHBOURS : cap) && (limit > 0 || !isRanked), 'The limit is out of range.');
  const fits = kind === 'cosine' ? width > 0 && width <= dimensions : width === WIDTH_OF[kind];
  must(fits || frame.count === 0, 'The queries have a wrong width.');
  const table = frame.bytes(arenaCount * ARENA_ENTRY);
  const which = frame.array(Uint32Array, frame.count);
  const values = frame.array(Float32Array, frame.count * width);
  frame.end();
  for (const one of which) must(one < arenaCount, 'A query names an arena that is not in the frame.');
  checkNumbers(kind, values);
  return { kind, limit, which, values, arenas: arenaNames(table, arenaCount) };
}

function arenaNames(bytes: Uint8Array, count: number): ArenaName[] {
  const table = bufferOf(bytes);
  return Array.from({ length: count }, (_, i) => ({
    id: table.toString('hex', i * ARENA_ENTRY, i * ARENA_ENTRY + 32),
    epoch: table.readDoubleLE(i * ARENA_ENTRY + 32),
  }));
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);

/** A radius or a greatest distance may be infinite; nothing else may, and none is negative. */
function checkNumbers(kind: QueryKind, values: Float32Array): void {
  const reach = kind === 'sphere' || kind === 'nearest';
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isFinite(value) && (value >= 0 || !reach || (i & 3) !== 3)) continue;
    must(reach && (i & 3) === 3 && value === Infinity, 'A number of a query is out of range.');
  }
}

export function encodeReply(kind: QueryKind, { ranAt, answer }: ReplyFrame): Uint8Array<ArrayBuffer> {
  const values = 'values' in answer ? answer.values : null;
  const { counts, rows } = answer;
  const params = [rows.length, values ? 1 : 0, ranAt === 'webgpu' ? 1 : 0, 0] as const;
  const frame = new FrameWriter(OPS[kind] | REPLY, counts.length, 0, params, [
    counts.byteLength,
    rows.byteLength,
    values?.byteLength ?? 0,
  ]);
  frame.put(0, counts);
  frame.put(1, rows);
  if (values) frame.put(2, values);
  return frame.bytes;
}

/** @throws WireError also where it answers another query than `kind` */
export function decodeReply(kind: QueryKind, bytes: Uint8Array): ReplyFrame {
  const frame = new FrameReader(bytes);
  must(frame.op === (OPS[kind] | REPLY), 'It answers something else.');
  const [stored, hasValues, backend] = frame.params;
  const counts = frame.array(Uint32Array, frame.count);
  const rows = frame.array(Uint32Array, stored);
  const values = hasValues === 1 ? frame.array(Float64Array, stored) : null;
  frame.end();
  return { ranAt: backend === 1 ? 'webgpu' : 'cpu', answer: values ? { counts, rows, values } : { counts, rows } };
}

/** Id and epoch travel beside the frame. */
export function encodeArena({ size, points, vectors }: Omit<Arena, 'id' | 'epoch'>): Uint8Array<ArrayBuffer> {
  const kind = vectors === null ? 0 : vectors.kind === 'float32' ? HAS_FLOATS : HAS_BYTES;
  const scales = vectors?.kind === 'int8' ? vectors.scales : null;
  const frame = new FrameWriter(
    ARENA_OP,
    size,
    (points ? HAS_POINTS : 0) | kind,
    [vectors?.dimensions ?? 0, 0, 0, 0],
    [points?.byteLength ?? 0, vectors?.rows.byteLength ?? 0, scales?.byteLength ?? 0],
  );
  if (points) frame.put(0, points);
  if (vectors) frame.put(1, vectors.rows);
  if (scales) frame.put(2, scales);
  return frame.bytes;
}

/** What it gives lies in the bytes, which are not copied. @throws WireError */
export function decodeArena({ id, epoch }: ArenaName, bytes: Uint8Array): Arena {
  const frame = new FrameReader(bytes);
  must(frame.op === ARENA_OP, 'It is no arena.');
  const { count: size, flags } = frame;
  const [dimensions] = frame.params;
  const isVector = (flags & (HAS_FLOATS | HAS_BYTES)) !== 0;
  must(flags < 8 && (flags & 6) !== 6, 'Its flags are unknown.');
  must(!isVector || (dimensions > 0 && dimensions <= FRAME_LIMITS.dimensions), 'Its vectors have a wrong width.');
  const points = flags & HAS_POINTS ? finite(frame.array(Float32Array, 3 * size)) : null;
  let vectors: Arena['vectors'] = null;
  if (flags & HAS_FLOATS) {
    vectors = { kind: 'float32', dimensions, rows: finite(frame.array(Float32Array, size * dimensions)) };
  } else if (flags & HAS_BYTES) {
    const rows = frame.array(Int8Array, size * dimensions);
    vectors = { kind: 'int8', dimensions, rows, scales: finite(frame.array(Float32Array, size)) };
  }
  frame.end();
  return { id, epoch, size, points, vectors };
}

/** @param places row-major [size, 3] */
export function encodePlaces(places: Float32Array): Uint8Array<ArrayBuffer> {
  const frame = new FrameWriter(PLACES_OP | REPLY, places.length / 3, 0, [0, 0, 0, 0], [places.byteLength]);
  frame.put(0, places);
  return frame.bytes;
}

/** Row-major [size, 3]. @throws WireError */
export function decodePlaces(bytes: Uint8Array): Float32Array {
  const frame = new FrameReader(bytes);
  must(frame.op === (PLACES_OP | REPLY), 'It is no layout.');
  const places = finite(frame.array(Float32Array, 3 * frame.count));
  frame.end();
  return places;
}

function finite(numbers: Float32Array): Float32Array {
  for (let i = 0; i < numbers.length; i++) must(Number.isFinite(numbers[i]), 'A number is not finite.');
  return numbers;
}

function must(condition: boolean, detail: string): asserts condition {
  if (!condition) throw new WireError(detail);
}

type Params = readonly [number, number, number, number];
const aligned = (bytes: number) => Math.ceil(bytes / ALIGN) * ALIGN;

class FrameWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly starts: number[] = [];
  private readonly lengths: readonly number[];

  constructor(op: number, count: number, flags: number, params: Params, lengths: readonly number[]) {
    let size = PREAMBLE;
    for (const length of lengths) {
      this.starts.push(size);
      size += aligned(length);
    }
    this.lengths = lengths;
    this.bytes = new Uint8Array(size);
    const view = new DataView(this.bytes.buffer);
    view.setUint32(0, MAGIC, true);
    view.setUint16(4, VERSION, true);
    view.setUint16(6, op, true);
    for (const [i, value] of [count, flags, ...params].entries()) view.setUint32(8 + 4 * i, value, true);
  }

  section(i: number): Uint8Array {
    return this.bytes.subarray(this.starts[i]!, this.starts[i]! + this.lengths[i]!);
  }

  put(i: number, array: Uint32Array | Float32Array | Float64Array | Int8Array): void {
    this.section(i).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
}

class FrameReader {
  readonly op: number;
  readonly count: number;
  readonly flags: number;
  readonly params: Params;
  private at = PREAMBLE;
  private readonly whole: Uint8Array;

  constructor(whole: Uint8Array) {
    must(whole.byteLength >= PREAMBLE, 'It is too short for a frame.');
    // typed arrays lie at multiples of their width
    this.whole = whole.byteOffset % ALIGN === 0 ? whole : whole.slice();
    const view = new DataView(this.whole.buffer, this.whole.byteOffset, PREAMBLE);
    must(view.getUint32(0, true) === MAGIC, 'It is no frame.');
    must(view.getUint16(4, true) === VERSION, 'It is a frame of another version.');
    this.op = view.getUint16(6, true);
    this.count = view.getUint32(8, true);
    this.flags = view.getUint32(12, true);
    this.params = [16, 20, 24, 28].map((at) => view.getUint32(at, true)) as unknown as Params;
  }

  bytes(length: number): Uint8Array {
    return this.array(Uint8Array, length);
  }

  array<T>(
    Kind: { new (buffer: ArrayBufferLike, at: number, length: number): T; BYTES_PER_ELEMENT: number },
    length: number,
  ): T {
    const start = this.at;
    this.at += aligned(length * Kind.BYTES_PER_ELEMENT);
    must(this.at <= this.whole.byteLength, 'It ends before its contents do.');
    return new Kind(this.whole.buffer, this.whole.byteOffset + start, length);
  }

  end(): void {
    must(this.at === this.whole.byteLength, 'It goes on after its contents.');
  }
}
