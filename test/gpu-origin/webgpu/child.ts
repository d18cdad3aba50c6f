import { KNOWN_ANSWER, selfTest } from '../../../src/gpu-origin/self-test.ts';
import { Device } from '../../../src/gpu-origin/webgpu/device.ts';
import { openWebgpu } from '../../../src/gpu-origin/webgpu/open.ts';
import { WebgpuBackend } from '../../../src/gpu-origin/webgpu/webgpu-backend.ts';
import type { Arena, Batch, ShapeKind } from '../../../src/spatial/arena.ts';

// A process with a GPU in software (a driver is chosen by variables that are read at start), asked over IPC by gpu.ts.

/** An arena and whether the backend holds it already. */
export type Sent = Arena & { isLoaded: boolean };
export type Request =
  | { call: 'open'; pageBytes?: number }
  | { call: 'load'; arena: Arena }
  | { call: 'drop'; id: string }
  | { call: 'find'; kind: ShapeKind; batch: Batch & { arenas: Sent[] }; cap: number }
  | { call: 'nearest' | 'cosine'; batch: Batch & { arenas: Sent[] }; k: number }
  | { call: 'graph'; arena: Sent; k: number; end: boolean }
  | { call: 'project'; arena: Sent; axes: Float32Array }
  | { call: 'unsure' | 'destroy' | 'lost' | 'self-test' | 'open-null' | 'open-hardware' };

let device: Device;
let backend: WebgpuBackend;
const loaded = new Map<string, Arena>();
const held = (arena: Sent): Arena => (arena.isLoaded ? loaded.get(arena.id)! : arena);
const heldBatch = (batch: Batch & { arenas: Sent[] }): Batch => ({ ...batch, arenas: batch.arenas.map(held) });

async function answer(request: Request): Promise<unknown> {
  switch (request.call) {
    case 'open': {
      const opened = await Device.open(['backend=vulkan']);
      if (opened === null) return null;
      device = opened;
      backend = new WebgpuBackend(opened, request.pageBytes);
      return { description: backend.description, isSoftware: backend.isSoftware };
    }
    case 'load':
      loaded.set(request.arena.id, request.arena);
      return backend.load(request.arena);
    case 'drop':
      return backend.drop(request.id);
    case 'find':
      return backend.find(request.kind, heldBatch(request.batch), request.cap);
    case 'nearest':
    case 'cosine':
      return backend[request.call](heldBatch(request.batch), request.k);
    case 'graph':
      return backend.neighbourGraph(held(request.arena), request.k, { onProgress: () => !request.end });
    case 'project':
      return backend.project(held(request.arena), request.axes);
    case 'unsure':
      return backend.unsure;
    case 'destroy':
      return device.destroy();
    case 'lost':
      return backend.lost;
    case 'self-test':
      return (await selfTest(backend)) === KNOWN_ANSWER;
    case 'open-null':
      return withoutBackend(openWebgpu({ threads: 1, allowSoftware: true }, ['backend=null']));
    case 'open-hardware':
      return withoutBackend(openWebgpu({ threads: 1, allowSoftware: false }));
  }
}

const withoutBackend = async (opened: ReturnType<typeof openWebgpu>) => ({ ...(await opened), backend: undefined });

process.on('message', async ({ id, request }: { id: number; request: Request }) => {
  try {
    process.send?.({ id, value: await answer(request) });
  } catch (error) {
    process.send?.({ id, name: (error as Error).name, message: (error as Error).message });
  }
});
