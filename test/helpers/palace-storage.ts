import type { Life } from '../../durable-objects/stores/life-store.ts';
import type { Stores } from '../../durable-objects/stores/stores.ts';

/** Storage of one person's palaces in memory, with no more of it than a `PalaceHost` reads. */
export function palaceStorage() {
  const lives = new Map<number, Life>();
  const meta = { epoch: 0, life: null as string | null, log: null as string | null };
  const stores = {
    meta: {
      epoch: () => meta.epoch,
      bumpEpoch: () => ++meta.epoch,
      life: () => (meta.life ??= crypto.randomUUID()),
      endLife: () => {
        meta.life = null;
        meta.log = null;
      },
      changeLog: () => meta.log,
      setChangeLog: (id: string | null) => {
        meta.log = id;
      },
    },
    lives: {
      *positions() {
        for (const number of new Set([...lives.values()].map((life) => life.palace))) {
          const here = [...lives.values()].filter((life) => life.palace === number);
          const rows = Uint32Array.from(here, (life) => life.row);
          yield { palace: number, rows, positions: Float32Array.from(here.flatMap((life) => life.position)) };
        }
      },
    },
    palaces: { snapshots: () => new Map() },
  };
  return { lives, meta, stores: stores as unknown as Stores };
}
