import { fork } from 'node:child_process';
import path from 'node:path';
import { softwareVulkan } from '../../../scripts/software-vulkan.ts';
import { type Backend, BackendLost } from '../../../src/gpu-origin/backend.ts';
import type { Arena, Batch } from '../../../src/spatial/arena.ts';
import type { Request } from './child.ts';

/** A WebGPU backend in a process of its own, with a GPU in software. */
export interface Gpu extends Backend {
  /** queries that the host had to answer alone */
  unsure(): Promise<number>;
  /** takes the device away */
  destroy(): Promise<void>;
  ask(call: 'self-test' | 'open-null' | 'open-hardware'): Promise<unknown>;
}

/**
 * @returns null where this machine can have none, unless REQUIRE_WEBGPU says that it must
 * @throws Error where it must and cannot
 */
export async function openGpu(pageBytes?: number): Promise<Gpu | null> {
  try {
    const child = fork(path.join(import.meta.dirname, 'child.ts'), {
      env: { ...process.env, ...softwareVulkan(), NODE_OPTIONS: '' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    return await opened(child, pageBytes);
  } catch (error) {
    if (process.env.REQUIRE_WEBGPU) throw error;
    console.warn(`no WebGPU here, its tests are left out: ${(error as Error).message}`);
    return null;
  }
}

async function opened(child: ReturnType<typeof fork>, pageBytes?: number): Promise<Gpu> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  child.on(
    'message',
    ({ id, value, name, message }: { id: number; value?: unknown; name?: string; message?: string }) => {
      const { resolve, reject } = waiting.get(id)!;
      waiting.delete(id);
      if (name === undefined) resolve(value);
      else reject(name === 'BackendLost' ? new BackendLost(message) : new Error(message));
    },
  );
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`The GPU's process ended with ${code}.`));
  });
  const ask = <T>(request: Request): Promise<T> =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve: (value) => resolve(value as T), reject });
      child.send({ id: last, request });
    });

  const described = await ask<{ description: string; isSoftware: boolean } | null>({ call: 'open', pageBytes });
  if (described === null) throw new Error('There is no adapter.');
  const kept = new Map<string, Arena>();
  const sent = (arena: Arena) => ({ ...plain(arena), isLoaded: kept.get(arena.id) === arena });
  const sentBatch = (batch: Batch) => ({ ...batch, arenas: batch.arenas.map(sent) });
  return {
    name: 'webgpu',
    ...described,
    lost: ask<string>({ call: 'lost' }),
    async load(arena) {
      kept.set(arena.id, arena);
      await ask({ call: 'load', arena: plain(arena) });
    },
    drop(id) {
      kept.delete(id);
      void ask({ call: 'drop', id });
    },
    find: (kind, batch, cap) => ask({ call: 'find', kind, batch: sentBatch(batch), cap }),
    nearest: (batch, k) => ask({ call: 'nearest', batch: sentBatch(batch), k }),
    cosine: (batch, k) => ask({ call: 'cosine', batch: sentBatch(batch), k }),
    neighbourGraph: (arena, k, watch) =>
      ask({ call: 'graph', arena: sent(arena), k, end: watch?.onProgress?.(0) === false }),
    project: (arena, axes) => ask({ call: 'project', arena: sent(arena), axes }),
    unsure: () => ask({ call: 'unsure' }),
    destroy: () => ask({ call: 'destroy' }),
    ask: (call) => ask({ call }),
    async close() {
      child.removeAllListeners('exit');
      child.kill();
    },
  };
}

/** Shared memory does not go over IPC. */
function plain({ points, vectors, ...rest }: Arena): Arena {
  return {
    ...rest,
    points: points && Float32Array.from(points),
    vectors:
      vectors &&
      (vectors.kind === 'float32'
        ? { ...vectors, rows: Float32Array.from(vectors.rows) }
        : { ...vectors, rows: Int8Array.from(vectors.rows), scales: Float32Array.from(vectors.scales) }),
  };
}
