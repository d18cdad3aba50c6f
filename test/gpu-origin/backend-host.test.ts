import { expect, it, vi } from 'vitest';
import { ArenaStore } from '../../src/gpu-origin/arena-store.ts';
import { type Backend, BackendLost } from '../../src/gpu-origin/backend.ts';
import { BackendHost } from '../../src/gpu-origin/backend-host.ts';
import { makeArena } from './arenas.ts';

interface Fake {
  backend: Backend;
  loaded: string[];
  lose(reason: string): void;
}

function fake(name: 'cpu' | 'webgpu'): Fake {
  const { promise, resolve } = Promise.withResolvers<string>();
  const loaded: string[] = [];
  const backend = {
    name,
    lost: promise,
    load: async ({ id }: { id: string }) => void loaded.push(id),
    drop: () => {},
    close: async () => {},
  } as unknown as Backend;
  return { backend, loaded, lose: resolve };
}

/** Opens what it is given, one after the other; null: none can be had. */
function hostOf(cpu: Fake, gpus: (Fake | null)[]) {
  const waits: number[] = [];
  const arenas = new ArenaStore(1e9);
  const host = new BackendHost({
    cpu: cpu.backend,
    openGpu: async () => {
      const gpu = gpus.shift();
      return gpu ? { ok: true, backend: gpu.backend } : { ok: false, why: 'no adapter' };
    },
    options: { threads: 1, allowSoftware: true },
    arenas,
    wait: async (ms) => void waits.push(ms),
  });
  return { host, arenas, waits };
}

it('works on the cpu, and says why, where no GPU can be had', async () => {
  const { host } = hostOf(fake('cpu'), [null]);
  expect(await host.start()).toBe(false);
  expect([host.current.name, host.why]).toEqual(['cpu', 'no adapter']);
});

it('goes on on the cpu at once when the device is lost, and on the next device once there is one', async () => {
  const [cpu, first, second] = [fake('cpu'), fake('webgpu'), fake('webgpu')];
  const { host, arenas, waits } = hostOf(cpu, [first, null, null, second]);
  await host.start();
  const arena = makeArena({ size: 3, seed: 1, dimensions: 12, vectors: 'int8', whole: true });
  await arenas.put(arena, host.current);
  expect(host.current).toBe(first.backend);

  first.lose('unplugged');
  await vi.waitFor(() => expect(host.current).toBe(second.backend));
  expect([host.devicesLost, waits.length, host.why]).toEqual([1, 3, null]);
  expect(waits[2]!).toBeGreaterThan(waits[0]!);
  expect([cpu.loaded, second.loaded]).toEqual([[arena.id], [arena.id]]);
});

it('lets the cpu do what the device was lost under', async () => {
  const [cpu, gpu] = [fake('cpu'), fake('webgpu')];
  const { host } = hostOf(cpu, [gpu]);
  await host.start();
  const work = async ({ name }: Backend) => {
    if (name === 'webgpu') throw new BackendLost('gone');
    return 7;
  };
  expect(await host.run(work)).toEqual({ value: 7, ranAt: 'cpu' });
});
