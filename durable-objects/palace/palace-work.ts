import type { EmbeddingPort } from '../../src/embedding/embedder.ts';
import type { Env } from '../../src/env.ts';
import type { NewEvent } from '../../src/live/contract.ts';
import type { MemoryPatch, Rating } from '../../src/palace/memories/contract.ts';
import type { Palace } from '../../src/palace/model.ts';
import type { Layout } from '../../src/palace/rooms/contract.ts';
import { review } from '../../src/palace/strength.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { newUlid } from '../../src/shared/ids.ts';
import type { Life } from '../stores/life-store.ts';
import type { Memory } from '../stores/memory-store.ts';
import type { Stores } from '../stores/stores.ts';
import { Architect } from './architect.ts';
import { learnPrototypes, prototypesOf } from './category-prototypes.ts';
import { PalaceHost } from './palace-host.ts';
import { Placer } from './placer.ts';
import { RelayoutDesk } from './relayout-desk.ts';
import type { Visitors } from './visitors.ts';

/** Palaces that a person may have. */
export const MAX_PALACES = 32;
/** A model that did not answer so many times is given up for old memories. */
const PATIENCE = 20;
/** Memories of an older rule that are placed in one go, about 0.1 s. */
const BACKLOG = 200;

export interface PalaceWorkPorts {
  stores: Stores;
  embedder: EmbeddingPort;
  env: Env;
  /** who hears of what changes */
  live(): { visitors: Pick<Visitors, 'placed' | 'gone'>; announce(events: readonly NewEvent[]): void };
  /** the alarm follows what is due */
  rearm(): Promise<void>;
}

/** A memory that was deleted, and the rows of those that pointed to it. */
export interface Removed {
  life: Life;
  untied: number[];
}

/** Everything that changes a person's palaces. Each change is one transaction; what is in memory follows it. */
export class PalaceWork {
  readonly architect: Architect;
  readonly host: PalaceHost;
  readonly relayouts: RelayoutDesk;
  private readonly placer: Placer;
  private readonly ports: PalaceWorkPorts;
  private silences = 0;

  constructor(ports: PalaceWorkPorts) {
    this.ports = ports;
    this.architect = new Architect(ports.stores);
    this.host = new PalaceHost(ports.stores);
    this.placer = new Placer(ports.stores, this.architect);
    this.relayouts = new RelayoutDesk({
      ...ports,
      architect: this.architect,
      host: this.host,
      owner: () => ports.stores.meta.owner()!, // a palace has one
      announce: (events) => ports.live().announce(events),
      change: (work) => this.change(work),
    });
  }

  /** Everything is read from storage anew: it was changed by a restore. */
  reset(): void {
    this.architect.reset();
    this.host.reset();
  }

  create(name: string, layout: Layout, now: number): Outcome<Palace> {
    return this.change(() => {
      this.architect.standard(now); // so that the first one made is not taken for it
      if (this.architect.all().length >= MAX_PALACES) {
        return refused('conflict', `A user has at most ${MAX_PALACES} palaces.`);
      }
      return done(this.architect.build(newUlid(now), name, layout, false, now));
    });
  }

  /** The default palace, made if there is none. */
  standard(now: number): Palace {
    const made = this.architect.all().find(({ isDefault }) => isDefault);
    return made ?? this.change(() => this.architect.standard(now));
  }

  /** False if the model that would tell categories does not answer. */
  prepare(model: string): Promise<boolean> {
    return learnPrototypes(this.ports.embedder, model);
  }

  /**
   * Stores memories that were just embedded, and places them. To be called within a transaction; `settle` follows it.
   */
  place(memories: readonly Memory[], now: number): Life[] {
    if (memories.length === 0) return [];
    for (const memory of memories) this.ports.stores.memories.put(memory);
    this.host.bump();
    return this.placer.place(memories, prototypesOf, now);
  }

  /** Takes into the index what a committed transaction placed. */
  settle(lives: readonly Life[]): void {
    this.host.note(lives);
    if (lives.length > 0) this.ports.live().visitors.placed(lives);
  }

  /** Sees to memories that wait for a place, as after an update: a few at once, the others by what `goOn` begins. */
  async placed(goOn: () => Promise<void>): Promise<null> {
    if (this.ports.stores.lives.hasUnplaced() && (await this.placeBacklog(Date.now()))) void goOn();
    return null;
  }

  /** Places some of those that an older rule placed, or that a restore brought. @returns whether more are left */
  async placeBacklog(now: number): Promise<boolean> {
    const { stores } = this.ports;
    const waiting = [...stores.memories.byRows(stores.lives.unplaced(BACKLOG)).values()].sort((a, b) => a.row - b.row);
    if (waiting.length === 0) return false;
    for (const model of new Set(waiting.map((memory) => memory.model))) {
      if (await this.prepare(model)) continue;
      // a model that was taken out of service never comes back: then words alone tell the category
      if (++this.silences <= PATIENCE) return false;
    }
    this.settle(
      this.change(() => {
        this.host.bump();
        const still = new Set(stores.lives.unplaced(BACKLOG)); // a message may have been deleted while we waited
        const lives = this.placer.place(
          waiting.filter(({ row }) => still.has(row)),
          prototypesOf,
          now,
        );
        for (const { row } of lives) stores.outbox.add(row, row);
        return lives;
      }),
    );
    return stores.lives.hasUnplaced();
  }

  /** Takes a memory out of its palace. To be called within the transaction that deletes it; `gone` follows it. */
  remove(row: number): Removed | null {
    const { stores } = this.ports;
    const life = stores.lives.find(row);
    if (!life) return null;
    const untied = stores.lives.untie(row, life.validFrom);
    for (const other of untied) stores.outbox.add(other, other);
    stores.lives.noteMoved(row);
    this.host.bump();
    return { life, untied };
  }

  /** Follows the transaction of `remove`. */
  gone({ life, untied }: Removed, id: string): void {
    this.architect.leave(life.palace, life.room, life.row);
    this.host.forget(life.row);
    this.host.note([...this.ports.stores.lives.byRows(untied).values()]);
    this.ports.live().visitors.gone(life, id);
  }

  reinforce(life: Life, rating: Rating, now: number): Life {
    return this.write({ ...life, ...review(life, rating, now) });
  }

  /** @param successor the memory that says what is true now, if the patch names one */
  patch(life: Life, patch: MemoryPatch, successor: Life | null): Outcome<Life> {
    if (successor && this.leadsTo(successor, life.row)) {
      return refused('conflict', 'That memory is itself superseded by this one.');
    }
    const next: Life = {
      ...life,
      salience: patch.salience ?? life.salience,
      pinned: patch.pinned ?? life.pinned,
      validUntil: validUntilOf(life, patch, successor),
      supersededBy: patch.superseded_by === undefined ? life.supersededBy : (successor?.row ?? null),
    };
    if (next.validUntil !== null && next.validUntil < next.validFrom) {
      return refused('conflict', 'A memory cannot end before it begins.');
    }
    return done(
      patch.category === undefined || patch.category === life.category ? this.write(next) : this.move(next, patch),
    );
  }

  private move(life: Life, { category }: MemoryPatch): Life {
    const [memory] = [...this.ports.stores.memories.byRows([life.row]).values()];
    const palace = this.architect.byRow(life.palace);
    if (!memory || !palace || category === undefined) return life;
    const moved = this.change(() => {
      this.architect.leave(life.palace, life.room, life.row);
      const next = { ...life, category, ...this.placer.settle(memory, palace, category) };
      this.save(next);
      return next;
    });
    this.ports.live().visitors.gone(life, this.ports.stores.messages.byRows([life.row])[0]!.id);
    this.settle([moved]);
    return moved;
  }

  private write(life: Life): Life {
    this.change(() => this.save(life));
    this.host.note([life]);
    return life;
  }

  private save(life: Life): void {
    this.ports.stores.lives.put(life);
    this.ports.stores.outbox.add(life.row, life.row);
    this.host.bump();
  }

  private leadsTo(from: Life, row: number): boolean {
    const seen = new Set<number>();
    for (let at: Life | null = from; at !== null && !seen.has(at.row); ) {
      if (at.row === row) return true;
      seen.add(at.row);
      at = at.supersededBy === null ? null : this.ports.stores.lives.find(at.supersededBy);
    }
    return false;
  }

  /** A transaction; what is held in memory is read anew if it rolls back. */
  change<T>(work: () => T): T {
    try {
      return this.ports.stores.transaction(work);
    } catch (error) {
      this.reset();
      throw error;
    }
  }
}

function validUntilOf(life: Life, patch: MemoryPatch, successor: Life | null): number | null {
  if (patch.valid_until !== undefined) return patch.valid_until === null ? null : Date.parse(patch.valid_until);
  if (successor) return Math.max(life.validFrom, successor.validFrom);
  // no longer superseded: held true again
  return patch.superseded_by === null && life.supersededBy !== null ? null : life.validUntil;
}
