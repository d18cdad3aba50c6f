import { expect, it } from 'vitest';
import { openCpu } from '../../src/gpu-origin/cpu/backend.ts';
import type { NewPlaces, RelayoutPort } from '../../src/http/relayout-port.ts';
import { layOutHere } from '../../src/spatial/layout/lay-out.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import { runRelayout } from '../../src/tasks/relayout.ts';
import { makeArena } from './arenas.ts';
import { startOrigin } from './running.ts';

const KILLS = 20;
const arena = { ...makeArena({ size: 60, seed: 2, dimensions: 12, vectors: 'int8', whole: false }, 7), points: null };
const vectors = arena.vectors?.kind === 'int8' ? arena.vectors : null;

/** A person's object as far as a consumer sees it. `step` is called at each of its questions. */
class FakeObject implements Pick<RelayoutPort, 'begin' | 'vectors' | 'progress' | 'apply'> {
  applied: NewPlaces[] = [];
  step: () => Promise<void> = async () => {};

  async begin() {
    return { size: arena.size, dimensions: 12 };
  }
  async vectors() {
    await this.step();
    return {
      rows: Uint32Array.from({ length: arena.size }, (_, i) => i + 1),
      bytes: vectors!.rows,
      scales: vectors!.scales,
    };
  }
  async progress() {
    await this.step();
    return true;
  }
  async apply(_task: string, places: NewPlaces) {
    this.applied.push(places);
  }
}

it('either finishes a layout or says that it could not, wherever the origin is killed, and tries again with success', async () => {
  const random = seeded(5);
  const expected = layOutHere(arena, null);
  // starting its threads is most of the time that starting an origin takes, and they hold nothing that a kill could spoil
  const cpu = await openCpu({ threads: 1 });
  const openShared = async () => Object.assign(Object.create(cpu) as typeof cpu, { close: async () => {} });
  let running = await startOrigin({ openCpu: openShared });
  let [failures, survivals] = [0, 0];
  for (let kill = 0; kill < KILLS; kill++) {
    const object = new FakeObject();
    const { origin, port } = running;
    const run = () =>
      runRelayout(
        {
          object,
          origin,
          arenaId: arena.id,
          wait: (ms) => new Promise((go) => setTimeout(go, ms / 50)),
          now: Date.now,
        },
        'task',
      );
    // before the upload, at some question of the consumer, or at some moment in between
    const [when, delay] = [Math.floor(random() * 4), random() * 40];
    let asked = 0;
    let killed: Promise<unknown> | null = null;
    const end = () => {
      killed ??= running.kill();
      return killed;
    };
    if (when === 3) setTimeout(end, delay);
    object.step = async () => {
      if (asked++ === when) await end();
    };
    const outcome = await run().catch((error: Error) => error.name);
    expect(['done', 'OriginError']).toContain(outcome);
    expect(object.applied.length).toBe(outcome === 'done' ? 1 : 0); // nothing was moved unless all was
    if (outcome === 'done') survivals++;
    else failures++;

    await end();
    running = await startOrigin({ env: { GPU_ORIGIN_PORT: String(port) }, openCpu: openShared });
    object.step = async () => {};
    if (outcome !== 'done') expect(await run()).toBe('done');
    expect(object.applied.map(({ places }) => places)).toEqual([expected]);
  }
  expect(failures).toBeGreaterThan(KILLS / 4); // so that kills hit the work and not only its end
  expect(failures + survivals).toBe(KILLS);
  await running.stop();
  await cpu.close();
});
