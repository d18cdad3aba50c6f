import type { SceneFrame, SceneMemory } from './contract.ts';

/** Writes a scene as JSON, a page of memories at a time: however many there are, one page is held in memory. */
export async function* sceneJson(
  frame: SceneFrame,
  pages: AsyncIterable<readonly SceneMemory[]>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(`${JSON.stringify(frame).slice(0, -1)},"memories":[`);
  let separator = '';
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield encoder.encode(separator + page.map((memory) => JSON.stringify(memory)).join(','));
    separator = ',';
  }
  yield encoder.encode(']}');
}
