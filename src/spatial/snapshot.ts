import { BUCKET_SIZE, type BucketStore, ROOT } from './bucket-store.ts';
import type { ItemList } from './select.ts';

/** "PLS1", little-endian. */
const MAGIC = 0x31534c50;
/** u32 each: magic, numbers an item, items of this piece, items before it, items in all, bytes of shape in this piece. */
const HEADER_FIELDS = 6;
const HEADER = HEADER_FIELDS * 4;
/** A row of a Durable Object's SQLite holds 2 MB. */
const MAX_PIECE_BYTES = 1_500_000;
/** In a shape: a node with children. Any other byte is a leaf with so many items. */
export const INNER = 255;
/** Deeper than a balanced tree of any size; a deeper one would overflow the stack of a query. */
const MAX_DEPTH = 200;

/** What a snapshot holds: the tree's nodes in preorder, and its items, leaf by leaf in that order. */
export interface Snapshot {
  items: ItemList;
  /** a byte a node */
  shape: Uint8Array;
}

/** All items in pieces that say what they are: header, slots, coordinates, shape. The shape spares building the tree. */
export function writeSnapshot(store: BucketStore): ArrayBuffer[] {
  const { link, count, width } = store;
  const itemBytes = 4 + 4 * width;
  const pieces: ArrayBuffer[] = [];
  let shape: number[] = [];
  let leaves: number[] = [];
  let [first, items] = [0, 0];
  const flush = () => {
    pieces.push(writePiece(store, leaves, shape, items, first));
    first += items;
    items = 0;
    shape = [];
    leaves = [];
  };
  const open = [ROOT];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const child = link[node]!;
    const added = child >= 0 ? 0 : count[node]!;
    if (HEADER + (items + added) * itemBytes + shape.length + 1 > MAX_PIECE_BYTES) flush();
    if (child >= 0) {
      shape.push(INNER);
      open.push(child + 1, child);
    } else {
      shape.push(added);
      leaves.push(node);
      items += added;
    }
  }
  flush();
  return pieces;
}

/**
 * What the pieces, in any order, hold together.
 *
 * @throws Error if the pieces are not those of one whole snapshot of items of `width` numbers
 */
export function readSnapshot(pieces: Iterable<ArrayBuffer>, width: 3 | 6): Snapshot {
  const inOrder = Array.from(pieces, (piece) => readPiece(piece, width)).sort((a, b) => a.first - b.first);
  const total = inOrder[0]?.total ?? 0;
  const slots = new Uint32Array(total);
  const coords = new Float32Array(total * width);
  const shape = new Uint8Array(inOrder.reduce((sum, piece) => sum + piece.shape.length, 0));
  let [items, nodes] = [0, 0];
  for (const piece of inOrder) {
    if (piece.total !== total || piece.first < items) throw new Error('The pieces are not those of one snapshot.');
    if (piece.first > items) throw new Error('A piece of the snapshot is missing.');
    slots.set(piece.slots, items);
    coords.set(piece.coords, items * width);
    shape.set(piece.shape, nodes);
    items += piece.slots.length;
    nodes += piece.shape.length;
  }
  if (inOrder.length === 0 || items !== total) throw new Error('A piece of the snapshot is missing.');
  if (!describesTree(shape, total)) throw new Error('The snapshot describes no tree.');
  return { items: { slots, coords, width, far: width - 3 }, shape };
}

function writePiece(
  { link, count, slots, coords, width }: BucketStore,
  leaves: number[],
  shape: number[],
  items: number,
  first: number,
): ArrayBuffer {
  const piece = new ArrayBuffer(HEADER + items * (4 + 4 * width) + shape.length);
  const fields = [MAGIC, width, items, first, count[ROOT]!, shape.length];
  new Uint32Array(piece, 0, HEADER_FIELDS).set(fields);
  const ownSlots = new Uint32Array(piece, HEADER, items);
  const ownCoords = new Float32Array(piece, HEADER + items * 4, items * width);
  let filled = 0;
  for (const leaf of leaves) {
    const from = ~link[leaf]! * BUCKET_SIZE;
    const to = from + count[leaf]!;
    ownSlots.set(slots.subarray(from, to), filled);
    ownCoords.set(coords.subarray(from * width, to * width), filled * width);
    filled += to - from;
  }
  new Uint8Array(piece, piece.byteLength - shape.length).set(shape);
  return piece;
}

interface Piece {
  slots: Uint32Array;
  coords: Float32Array;
  shape: Uint8Array;
  /** items in the pieces before it */
  first: number;
  /** items in all pieces */
  total: number;
}

function readPiece(piece: ArrayBuffer, width: 3 | 6): Piece {
  if (piece.byteLength < HEADER) throw new Error('A piece of the snapshot is cut off.');
  const fields = new Uint32Array(piece, 0, HEADER_FIELDS);
  const [magic, itsWidth, items = 0, first = 0, total = 0, nodes = 0] = fields;
  if (magic !== MAGIC || itsWidth !== width) throw new Error('A piece of the snapshot is of another kind.');
  if (piece.byteLength !== HEADER + items * (4 + 4 * width) + nodes) {
    throw new Error('A piece of the snapshot is cut off.');
  }
  return {
    slots: new Uint32Array(piece, HEADER, items),
    coords: new Float32Array(piece, HEADER + items * 4, items * width),
    shape: new Uint8Array(piece, piece.byteLength - nodes),
    first,
    total,
  };
}

/** Whether the shape is that of one whole tree that holds `total` items and is not too deep to be walked. */
function describesTree(shape: Uint8Array, total: number): boolean {
  const depths = [1];
  let items = 0;
  for (const byte of shape) {
    const depth = depths.pop();
    if (depth === undefined || depth > MAX_DEPTH) return false;
    if (byte === INNER) depths.push(depth + 1, depth + 1);
    else if (byte > BUCKET_SIZE) return false;
    else items += byte;
  }
  return depths.length === 0 && items === total;
}
