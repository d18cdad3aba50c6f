import type { SceneFrame, SceneMemory } from './contract.ts';
import { type GlbFrame, glbFrame, toGltf } from './glb-frame.ts';

/** A GLB begins with its length, so it is put together before its first byte is sent; this is what an isolate bears. */
export const MAX_GLB_BYTES = 48 * 1024 * 1024;

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const SPACE = 0x20;
/** Radius of a memory in metres by its strength, 0 to 1. */
const radiusOf = (strength: number): number => rounded(0.1 + 0.25 * strength);
/** To a tenth of a millimetre. */
const rounded = (metres: number): number => Math.round(metres * 10_000) / 10_000;

/** What of a glTF document is touched here; the rest passes through. A palace has rooms, so there are nodes. */
interface Gltf {
  nodes: object[];
  scenes: { nodes: number[] }[];
}

/**
 * Writes a palace as GLB: a node a memory, all of one category sharing a mesh, under one node a room. The frame goes
 * through glTF Transform; memories are appended as bytes, since a document with a hundred thousand nodes does not fit
 * an isolate.
 *
 * @returns the file in pieces, or null if it would exceed `MAX_GLB_BYTES`
 * @see https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html#glb-file-format-specification
 */
export async function sceneGlb(
  frame: SceneFrame,
  pages: AsyncIterable<readonly SceneMemory[]>,
): Promise<Uint8Array[] | null> {
  const shell = await glbFrame(frame);
  const { gltf, binary } = opened(shell.bytes);
  const nodes = new NodeWriter(gltf.nodes.length);
  for await (const page of pages) {
    for (const memory of page) nodes.add(memory, shell);
    if (nodes.flush() > MAX_GLB_BYTES) return null;
  }
  const scene = gltf.scenes[0]!;
  scene.nodes.push(...nodes.finish());
  const { nodes: own, ...rest } = gltf;
  const encoder = new TextEncoder();
  const head = encoder.encode(`{"nodes":[${own.map((node) => JSON.stringify(node)).join(',')}`);
  const tail = encoder.encode(`],${JSON.stringify(rest).slice(1)}`);
  return packed([head, ...nodes.pieces, tail], binary);
}

/** Nodes of memories and of the rooms they are in, as JSON text in bytes. */
class NodeWriter {
  readonly pieces: Uint8Array[] = [];
  count = 0;
  private readonly first: number;
  private readonly encoder = new TextEncoder();
  private readonly byRoom = new Map<string, number[]>();
  private waiting: string[] = [];
  private bytes = 0;

  /** @param first the number that the first node will have */
  constructor(first: number) {
    this.first = first;
  }

  add(memory: SceneMemory, { meshOf }: GlbFrame): void {
    const { id, room_id, category, position, strength, timestamp, title, content, origin, label } = memory;
    const children = this.byRoom.get(room_id) ?? [];
    this.byRoom.set(room_id, children);
    children.push(this.first + this.count);
    const radius = radiusOf(strength);
    this.write({
      name: title === '' ? id : title,
      mesh: meshOf[category],
      translation: toGltf(position).map(rounded),
      scale: [radius, radius, radius],
      extras: {
        ...{ id, category, strength: rounded(strength), timestamp },
        ...(content === undefined ? {} : { content }),
        ...(origin === undefined ? {} : { origin, label }),
      },
    });
  }

  /** @returns bytes so far */
  flush(): number {
    if (this.waiting.length > 0) {
      const piece = this.encoder.encode(`,${this.waiting.join(',')}`); // the frame's nodes stand before
      this.pieces.push(piece);
      this.bytes += piece.length;
      this.waiting = [];
    }
    return this.bytes;
  }

  /** Adds a node a room over its memories. @returns the numbers of those nodes */
  finish(): number[] {
    const parents = [...this.byRoom].map(([room, children]) => {
      this.write({ name: `${room} memories`, children });
      return this.first + this.count - 1;
    });
    this.flush();
    return parents;
  }

  private write(node: object): void {
    this.waiting.push(JSON.stringify(node));
    this.count++;
  }
}

/** The two chunks of a GLB that was just written. */
function opened(glb: Uint8Array): { gltf: Gltf; binary: Uint8Array } {
  const view = new DataView(glb.buffer, glb.byteOffset, glb.byteLength);
  const jsonLength = view.getUint32(12, true);
  const gltf = JSON.parse(new TextDecoder().decode(glb.subarray(20, 20 + jsonLength))) as Gltf;
  return { gltf, binary: glb.subarray(20 + jsonLength) };
}

/** @param binary the binary chunk with its head, or nothing */
function packed(json: readonly Uint8Array[], binary: Uint8Array): Uint8Array[] {
  const length = json.reduce((sum, piece) => sum + piece.length, 0);
  const padding = new Uint8Array((4 - (length % 4)) % 4).fill(SPACE);
  const head = new DataView(new ArrayBuffer(20));
  const words = [MAGIC, 2, 20 + length + padding.length + binary.length, length + padding.length, JSON_CHUNK];
  for (const [i, word] of words.entries()) head.setUint32(i * 4, word, true);
  return [new Uint8Array(head.buffer), ...json, padding, binary];
}
