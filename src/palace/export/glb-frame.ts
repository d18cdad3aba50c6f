import { Document, type Material, type Mesh, type Node, type Primitive, WebIO } from '@gltf-transform/core';
import { CATEGORIES, type Category, type DoorView, type RoomView, type Theme } from '../rooms/contract.ts';
import type { SceneFrame } from './contract.ts';
import { box, floor, icosahedron, type Shape, walls } from './shapes.ts';

/** A palace as GLB, still without memories, and the mesh that those of a category have. */
export interface GlbFrame {
  bytes: Uint8Array;
  meshOf: Record<Category, number>;
}

type Rgb = readonly [number, number, number];
type Triple = [number, number, number];

/** Linear red, green and blue, each category far from the next. */
const COLOURS: Record<Theme, Rgb> = {
  people: [0.9, 0.2, 0.15],
  places: [0.1, 0.45, 0.85],
  work: [0.45, 0.45, 0.5],
  health: [0.1, 0.65, 0.35],
  home: [0.85, 0.5, 0.1],
  leisure: [0.95, 0.75, 0.1],
  plans: [0.05, 0.65, 0.7],
  feelings: [0.85, 0.2, 0.55],
  events: [0.45, 0.2, 0.75],
  facts: [0.35, 0.25, 0.15],
  hall: [0.6, 0.6, 0.6],
};
const DOOR_HEIGHT = 2.5;
const THICKNESS = 0.16;
const PEDESTAL = 0.3;

/** glTF has y up, the palace z. */
export const toGltf = ([x, y, z]: readonly [number, number, number]): Triple => [x, z, y === 0 ? 0 : -y];

/** Rooms as open boxes with their doors and anchors. Rooms and anchors share one mesh a theme, doors one altogether. */
export async function glbFrame({ palace, rooms, doors }: SceneFrame): Promise<GlbFrame> {
  const document = new Document();
  document.getRoot().getAsset().generator = 'Palimpsest';
  const kit = new Kit(document);
  const scene = document.createScene(palace.name).setExtras({ id: palace.id, layout: palace.layout });
  document.getRoot().setDefaultScene(scene);
  const memoryMeshes = CATEGORIES.map((category) => kit.memoryMesh(category)); // the first meshes, in this order
  for (const room of rooms) scene.addChild(roomNode(document, kit, room));
  const byId = new Map(rooms.map((room) => [room.id, room]));
  for (const door of doors) scene.addChild(doorNode(document, kit, door, byId));
  const bytes = await new WebIO().writeBinary(document);
  const meshOf = Object.fromEntries(memoryMeshes.map((_mesh, i) => [CATEGORIES[i]!, i])) as Record<Category, number>;
  return { bytes, meshOf };
}

function roomNode(document: Document, kit: Kit, room: RoomView): Node {
  const { min, max } = room.bounds;
  const { id, name, name_generated, theme, memories } = room;
  const node = document.createNode(id).setExtras({ id, name, name_generated, theme, memories });
  const shell = document
    .createNode(`${room.id} walls`)
    .setMesh(kit.roomMesh(room.theme))
    .setTranslation(toGltf([min[0], max[1], min[2]]))
    .setScale([max[0] - min[0], max[2] - min[2], max[1] - min[1]]);
  node.addChild(shell);
  for (const anchor of room.anchors) {
    const [x, y, z] = anchor.position;
    const pedestal = document
      .createNode(anchor.id)
      .setMesh(kit.box('anchor', [0.85, 0.82, 0.75]))
      .setTranslation(toGltf([x - PEDESTAL / 2, y + PEDESTAL / 2, min[2]]))
      .setScale([PEDESTAL, z - min[2], PEDESTAL])
      .setExtras({ id: anchor.id, number: anchor.number });
    node.addChild(pedestal);
  }
  return node;
}

function doorNode(document: Document, kit: Kit, door: DoorView, rooms: ReadonlyMap<string, RoomView>): Node {
  const [a, b] = door.rooms.map((id) => rooms.get(id)!.grid);
  const across = [0, 1, 2].findIndex((axis) => a![axis] !== b![axis]);
  const size = [door.width, door.width, across === 2 ? door.width : DOOR_HEIGHT];
  size[across] = THICKNESS;
  const [x, y, z] = door.position;
  const name = door.rooms.join(' – ');
  return document
    .createNode(name)
    .setMesh(kit.box('door', [0.25, 0.12, 0.05]))
    .setTranslation(toGltf([x - size[0]! / 2, y + size[1]! / 2, z - size[2]! / 2]))
    .setScale([size[0]!, size[2]!, size[1]!])
    .setExtras({ rooms: [...door.rooms] });
}

/** Meshes made once and used by many nodes. */
class Kit {
  private readonly document: Document;
  private readonly meshes = new Map<string, Mesh>();

  constructor(document: Document) {
    this.document = document;
    document.createBuffer();
  }

  memoryMesh(category: Category): Mesh {
    return this.mesh(`memory ${category}`, () => [
      this.part(icosahedron(), this.paint(category, COLOURS[category], 1)),
    ]);
  }

  roomMesh(theme: Theme): Mesh {
    return this.mesh(`room ${theme}`, () => [
      this.part(floor(), this.paint(`${theme} floor`, COLOURS[theme].map((c) => 0.6 + 0.4 * c) as Triple, 1)),
      this.part(walls(), this.paint(`${theme} walls`, COLOURS[theme], 0.12).setDoubleSided(true)),
    ]);
  }

  box(name: string, colour: Rgb): Mesh {
    return this.mesh(name, () => [this.part(box(), this.paint(name, colour, 1))]);
  }

  private mesh(name: string, parts: () => Primitive[]): Mesh {
    let mesh = this.meshes.get(name);
    if (!mesh) {
      mesh = this.document.createMesh(name);
      for (const part of parts()) mesh.addPrimitive(part);
      this.meshes.set(name, mesh);
    }
    return mesh;
  }

  private part({ positions, normals }: Shape, material: Material): Primitive {
    const buffer = this.document.getRoot().listBuffers()[0]!;
    const accessor = (array: Float32Array<ArrayBuffer>) =>
      this.document.createAccessor().setType('VEC3').setArray(array).setBuffer(buffer);
    return this.document
      .createPrimitive()
      .setAttribute('POSITION', accessor(positions))
      .setAttribute('NORMAL', accessor(normals))
      .setMaterial(material);
  }

  private paint(name: string, [r, g, b]: Rgb, alpha: number): Material {
    return this.document
      .createMaterial(name)
      .setBaseColorFactor([r, g, b, alpha])
      .setAlphaMode(alpha < 1 ? 'BLEND' : 'OPAQUE')
      .setMetallicFactor(0)
      .setRoughnessFactor(0.8);
  }
}
