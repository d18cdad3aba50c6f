import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Arena } from '../spatial/arena.ts';
import { LAYOUT_NEIGHBOURS } from '../spatial/layout/umap.ts';
import type { Backend } from './backend.ts';
import type { LayoutNews, LayoutTask } from './layout-thread.ts';

/** Share of a layout's time that its neighbour graph takes, for progress. */
const GRAPH_SHARE = 0.4;

export interface JobWatch {
  /** aborts the work */
  signal: AbortSignal;
  onProgress(share: number): void;
}

/**
 * Places for all rows of an arena, row-major [size, 3], from its vectors: the backend finds who is near whom, a thread of
 * its own lays them out. The same on every backend.
 * @returns null where it was aborted
 */
export async function layOut(backend: Backend, arena: Arena, { signal, onProgress }: JobWatch) {
  const { vectors } = arena;
  if (vectors === null) throw new RangeError('The arena has no vectors.');
  const graph = await backend.neighbourGraph(arena, LAYOUT_NEIGHBOURS, {
    onProgress: (share) => {
      onProgress(share * GRAPH_SHARE);
      return !signal.aborted;
    },
  });
  if (graph === null || signal.aborted) return null;
  return settle({ graph, vectors }, signal, (share) => onProgress(GRAPH_SHARE + share * (1 - GRAPH_SHARE)));
}

/** A thread that has done its layout waits for the next one. */
let spare: Worker | null = null;

function takeThread(): Worker {
  const thread = spare ?? new Worker(path.join(import.meta.dirname, 'layout-thread.ts'));
  spare = null;
  thread.unref();
  return thread;
}

function settle(
  task: LayoutTask,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<Float32Array | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Float32Array | null>();
  const thread = takeThread();
  const abort = () => {
    resolve(null);
    void thread.terminate();
  };
  signal.addEventListener('abort', abort, { once: true });
  thread.on('message', (news: LayoutNews) => {
    if ('progress' in news) return onProgress(news.progress);
    resolve(news.places);
    for (const event of ['message', 'error', 'exit']) thread.removeAllListeners(event);
    if (spare === null && !signal.aborted) spare = thread;
    else void thread.terminate();
  });
  thread.on('error', reject);
  thread.on('exit', () => reject(new Error('The layout thread has ended.')));
  thread.postMessage(task);
  return promise.finally(() => signal.removeEventListener('abort', abort));
}
