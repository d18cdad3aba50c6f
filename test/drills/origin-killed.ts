import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { spawnLeashed } from '../../scripts/leash.ts';
import { Origin } from '../../src/gpu/origin.ts';
import type { NewPlaces } from '../../src/http/relayout-port.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import { runRelayout } from '../../src/tasks/relayout.ts';
import type { Report } from '../bench/report.ts';
import { makeArena } from '../gpu-origin/arenas.ts';

const MAIN = path.join(import.meta.dirname, '../../src/gpu-origin/main.ts');
const SECRET = 'a secret of this drill, long enough';
const PORT = 18_791;
const [SIZE, DIMENSIONS] = [600, 64];
/** Longer than such a layout takes: some kills come after its end. */
const LATEST_KILL_MS = 600;
/** The consumer's pauses are this much shorter than in production. */
const HASTE = 20;

/**
 * `npm run drill -- origin-killed [--kills N] [--seed N]`: the process of a GPU origin is killed (-9) at random moments of
 * a layout. The consumer finishes it or says that it could not; nothing is moved unless all is, and a new origin lays
 * out the same.
 *
 * @returns what went wrong, a line each
 */
export async function originKilled(args: readonly string[], report: Report): Promise<string[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { kills: { type: 'string', default: '20' }, seed: { type: 'string', default: '20261122' } },
  });
  const kills = Number(values.kills);
  const random = seeded(Number(values.seed));
  const wrong: string[] = [];
  const outcomes = { done: 0, failed: 0 };
  let expected: Float32Array | null = null;
  for (let kill = 1; kill <= kills; kill++) {
    const applied: NewPlaces[] = [];
    const child = await startOrigin();
    setTimeout(() => child.kill('SIGKILL'), random() * LATEST_KILL_MS);
    const outcome = await layOut(applied);
    outcomes[outcome]++;
    if (applied.length !== (outcome === 'done' ? 1 : 0)) wrong.push(`kill ${kill}: moved ${applied.length} times`);
    await end(child);
    const another = await startOrigin();
    if (outcome === 'failed' && (await layOut(applied)) === 'failed') wrong.push(`kill ${kill}: not resumed`);
    await end(another);
    expected ??= applied[0]?.places ?? null;
    if (applied[0]?.places.some((place, i) => place !== expected![i])) wrong.push(`kill ${kill}: other places`);
  }
  report({ metric: 'kills', value: kills, unit: 'kills', n: kills });
  report({ metric: 'finished', value: outcomes.done, unit: 'layouts', n: kills });
  report({ metric: 'failed-and-resumed', value: outcomes.failed, unit: 'layouts', n: kills });
  report({ metric: 'wrong', value: wrong.length, unit: 'layouts', n: kills, baseline: 0 });
  if (outcomes.failed === 0) wrong.push('no kill came in the middle of a layout');
  return wrong;
}

async function startOrigin() {
  const child = spawnLeashed(process.execPath, [MAIN], {
    deathSignal: 'SIGKILL',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      ...{ GPU_ORIGIN_SECRET: SECRET, GPU_ORIGIN_PORT: String(PORT) },
      ...{ GPU_ORIGIN_BACKEND: 'cpu', GPU_ORIGIN_THREADS: '1' },
    },
  });
  const printed: string[] = [];
  for await (const line of createInterface({ input: child.stderr! })) {
    printed.push(line);
    if (line.includes('http://')) return child;
  }
  throw new Error(`the origin did not start; it said:\n${printed.join('\n')}`);
}

async function end(child: Awaited<ReturnType<typeof startOrigin>>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** One delivery of the queue to the consumer, for an object that notes what it is told to move. */
async function layOut(applied: NewPlaces[]): Promise<'done' | 'failed'> {
  const arena = makeArena({ size: SIZE, seed: 2, dimensions: DIMENSIONS, vectors: 'int8', whole: false }, 7);
  if (arena.vectors?.kind !== 'int8') throw new Error('the arena has no int8 vectors');
  const { rows, scales } = arena.vectors;
  const object = {
    begin: async () => ({ size: SIZE, dimensions: DIMENSIONS }),
    vectors: async () => ({ rows: Uint32Array.from({ length: SIZE }, (_, i) => i + 1), bytes: rows, scales }),
    progress: async () => true,
    apply: async (_task: string, places: NewPlaces) => void applied.push(places),
  };
  const origin = new Origin({ url: `http://127.0.0.1:${PORT}`, secret: SECRET });
  const wait = (ms: number) => new Promise<void>((go) => setTimeout(go, ms / HASTE));
  try {
    const outcome = await runRelayout({ object, origin, arenaId: arena.id, wait, now: Date.now }, 'task');
    if (outcome !== 'done') throw new Error(`a layout ended as ${outcome}`);
    return 'done';
  } catch (error) {
    if (error instanceof Error && error.name === 'OriginError') return 'failed';
    throw error;
  }
}
