import type { Arena } from '../spatial/arena.ts';
import type { ArenaName } from '../spatial/wire.ts';
import type { Backend } from './backend.ts';
import { OriginRefusal } from './refusal.ts';

/** Holds the arenas that were uploaded, up to a budget; those that were not asked for longest make room. */
export class ArenaStore {
  bytes = 0;
  /** least used first: a Map keeps the order of insertion, and a use inserts again */
  private readonly held = new Map<string, Arena>();
  private readonly budget: number;

  constructor(budget: number) {
    this.budget = budget;
  }

  get size(): number {
    return this.held.size;
  }

  all(): Iterable<Arena> {
    return this.held.values();
  }

  /** The same upload twice leaves one. @throws OriginRefusal where a later epoch is held, or it is larger than all may be */
  async put(arena: Arena, backend: Backend): Promise<void> {
    const before = this.held.get(arena.id);
    if (before && before.epoch > arena.epoch) {
      throw new OriginRefusal('conflict', 'A later epoch of this arena is here.');
    }
    const size = bytesOf(arena);
    if (size > this.budget) throw new OriginRefusal('too_large', `All arenas have ${this.budget} bytes.`);
    this.forget(arena.id, backend);
    for (const oldest of this.held.keys()) {
      if (this.bytes + size <= this.budget) break;
      this.forget(oldest, backend);
    }
    this.held.set(arena.id, arena);
    this.bytes += size;
    await backend.load(arena);
  }

  drop(id: string, backend: Backend): boolean {
    return this.forget(id, backend);
  }

  /** @throws OriginRefusal naming those that are not here, or not of this epoch */
  take(names: readonly ArenaName[]): Arena[] {
    const taken: Arena[] = [];
    const missing: ArenaName[] = [];
    const stale: ArenaName[] = [];
    for (const name of names) {
      const arena = this.held.get(name.id);
      if (!arena) missing.push(name);
      else if (arena.epoch !== name.epoch) stale.push(name);
      else taken.push(arena);
    }
    if (missing.length > 0) {
      throw new OriginRefusal('unknown_arena', 'These arenas are not here.', idsOf(missing));
    }
    if (stale.length > 0) throw new OriginRefusal('stale_arena', 'These are of another epoch.', idsOf(stale));
    for (const arena of taken) {
      this.held.delete(arena.id);
      this.held.set(arena.id, arena);
    }
    return taken;
  }

  private forget(id: string, backend: Backend): boolean {
    const arena = this.held.get(id);
    if (!arena) return false;
    this.held.delete(id);
    this.bytes -= bytesOf(arena);
    backend.drop(id);
    return true;
  }
}

const idsOf = (names: readonly ArenaName[]): string[] => [...new Set(names.map(({ id }) => id))];

function bytesOf({ points, vectors }: Arena): number {
  const scales = vectors?.kind === 'int8' ? vectors.scales.byteLength : 0;
  return (points?.byteLength ?? 0) + (vectors?.rows.byteLength ?? 0) + scales;
}
