import { nextTurn } from './next-turn.ts';

/** Runs one piece of work at a time; the others wait. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * A gate that a whole isolate can share. Those who wait poll; they do not queue on the promise of the one inside,
 * because in workerd a promise that a finished request left behind never settles.
 */
export function createGate(): Gate {
  let busy = false;
  return async (work) => {
    while (busy) await nextTurn();
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  };
}
