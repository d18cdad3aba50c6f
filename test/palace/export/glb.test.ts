import { NodeIO } from '@gltf-transform/core';
import { validateBytes } from 'gltf-validator';
import { describe, expect, it } from 'vitest';
import type { SceneMemory } from '../../../src/palace/export/contract.ts';
import { MAX_GLB_BYTES, sceneGlb } from '../../../src/palace/export/glb.ts';
import { CATEGORIES, type Layout } from '../../../src/palace/rooms/contract.ts';
import { inPages, newFrame, strewnMemories } from '../../helpers/scene.ts';

async function glb(layout: Layout, memories: readonly SceneMemory[]): Promise<Uint8Array> {
  const pieces = await sceneGlb(newFrame(layout), inPages(memories, 300));
  return new Uint8Array(Buffer.concat(pieces!));
}
const some = (count: number, layout: Layout = 'mansion') => strewnMemories(newFrame(layout), count);

describe('the Khronos validator', () => {
  it.each([
    ['an empty palace', 'mansion', 0],
    ['one memory', 'gallery', 1],
    ['a garden', 'garden', 30],
    ['storeys', 'library', 30],
    ['2,000 memories', 'mansion', 2_000],
  ] as const)('finds no fault with %s', async (_what, layout, count) => {
    const { issues } = await validateBytes(await glb(layout, some(count, layout)), { maxIssues: 20 });
    expect(issues.messages.filter(({ severity }) => severity < 2)).toEqual([]);
    expect([issues.numErrors, issues.numWarnings]).toEqual([0, 0]);
  });
});

describe('a GLB', () => {
  it('has a node for every room, anchor and memory, named and told apart by its extras', async () => {
    const memories = some(50);
    const document = await new NodeIO().readBinary(await glb('mansion', memories));
    const nodes = document.getRoot().listNodes();
    const byId = new Map(nodes.map((node) => [node.getExtras().id, node]));
    for (const { id, category, strength, timestamp, title, position } of memories) {
      const node = byId.get(id)!;
      expect(node.getName()).toBe(title);
      expect(node.getExtras()).toEqual({ id, category, strength: expect.closeTo(strength, 3), timestamp });
      const [x, y, z] = node.getTranslation();
      expect([x, -z!, y].map((c, i) => Math.abs(c! - position[i]!) < 0.001)).toEqual([true, true, true]);
    }
    for (const { id, anchors } of newFrame('mansion').rooms) {
      expect(byId.get(id)?.getName()).toBe(id);
      for (const anchor of anchors) expect(byId.get(anchor.id)?.getExtras()).toMatchObject({ number: anchor.number });
    }
  });

  it('shares one mesh among the memories of a category', async () => {
    const document = await new NodeIO().readBinary(await glb('mansion', some(200)));
    const nodes = document
      .getRoot()
      .listNodes()
      .filter((node) => 'strength' in node.getExtras());
    const meshes = Map.groupBy(nodes, (node) => node.getExtras().category);
    for (const [category, group] of meshes) {
      expect([...new Set(group.map((node) => node.getMesh()?.getName()))]).toEqual([`memory ${category}`]);
    }
    expect(meshes.size).toBe(CATEGORIES.length);
  });

  it('puts memories within the walls of their room', async () => {
    const document = await new NodeIO().readBinary(await glb('library', some(100, 'library')));
    const nodes = new Map(
      document
        .getRoot()
        .listNodes()
        .map((node) => [node.getName(), node]),
    );
    for (const room of newFrame('library').rooms.filter(({ capacity }) => capacity > 0)) {
      const walls = nodes.get(`${room.id} walls`)!;
      const [low, size] = [walls.getTranslation(), walls.getScale()];
      for (const memory of nodes.get(`${room.id} memories`)!.listChildren()) {
        const at = memory.getTranslation();
        expect([0, 1, 2].every((i) => at[i]! >= low[i]! && at[i]! <= low[i]! + size[i]!)).toBe(true);
      }
    }
  });

  it('takes at most 400 bytes for a memory', async () => {
    const [less, more] = [await glb('mansion', some(100)), await glb('mansion', some(1_100))];
    expect((more.length - less.length) / 1_000).toBeLessThan(400);
  });

  it('is refused where it would not fit an isolate', async () => {
    async function* endless() {
      for (;;) yield some(100).map((memory) => ({ ...memory, content: 'x'.repeat(32_000) }));
    }
    expect(MAX_GLB_BYTES).toBeLessThan(64 * 2 ** 20);
    expect(await sceneGlb(newFrame('mansion'), endless())).toBeNull();
  });
});
