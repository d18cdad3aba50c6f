import type { Owner } from '../src/auth/contract.ts';
import type { PageMark, StoredMessage } from '../src/persistence/messages.ts';
import { type RestorePorts, restore } from '../src/person/restore.ts';
import { newUlid } from '../src/shared/ids.ts';
import { backoffMs } from '../src/tasks/backoff.ts';
import { Architect } from './architect.ts';
import { takeLife, tieLooseLinks } from './life-backup.ts';
import { memoryOf } from './memory-store.ts';
import type { Stores } from './stores.ts';
import { within } from './within.ts';

/** A read waits this long for Postgres, then answers from what is here. */
const WAIT_MS = 2_000;
/** Postgres is asked again after this long, when it failed or had nothing. */
const PAUSE_MS = 5_000;

export interface RestorerPorts {
  stores: Stores;
  isMigrated(): boolean;
  /** makes the tables, and writes down whose they are */
  prepare(owner: Owner): void;
  page(owner: Owner, after: PageMark | null, limit: number): Promise<StoredMessage[]>;
  /** rows have come back: what is derived from all rows is out of date, and some may lack a vector */
  onRestored(): void;
}

/** Gives an object that lost its data (or never had any here) what Postgres kept of it. */
export class Restorer {
  private running: Promise<boolean> | null = null;
  private asked: { at: number; answer: boolean } | null = null;
  private failures = 0;
  private readonly ports: RestorerPorts;

  constructor(ports: RestorerPorts) {
    this.ports = ports;
  }

  /** Epoch ms: when it is worth asking Postgres again; an object that waits for it must not ring every second. */
  get dueAt(): number {
    if (!this.asked) return 0;
    return this.asked.at + (this.failures === 0 ? PAUSE_MS : Math.max(PAUSE_MS, backoffMs(this.failures, 0)));
  }

  /** @returns false if Postgres could not be asked in time: there may be more than what is here */
  async ensure(owner: Owner): Promise<boolean> {
    const { stores } = this.ports;
    if (this.ports.isMigrated() && stores.meta.isRestored()) return true;
    if (this.asked && Date.now() - this.asked.at < PAUSE_MS) return this.asked.answer;
    this.running ??= this.run(owner).finally(() => {
      this.running = null;
    });
    return within(this.running, WAIT_MS, false);
  }

  private async run(owner: Owner): Promise<boolean> {
    try {
      const found = await restore(this.restorePorts(owner));
      // a new person: nothing to take back, now or later
      if (!found && this.ports.isMigrated()) this.ports.stores.meta.setRestored();
      if (found) this.ports.onRestored();
      this.asked = { at: Date.now(), answer: true };
      this.failures = 0;
    } catch (error) {
      console.error('restore postponed: Postgres does not answer', { error: String(error) });
      this.asked = { at: Date.now(), answer: false };
      this.failures++;
    }
    return this.asked.answer;
  }

  private restorePorts(owner: Owner): RestorePorts {
    const { stores, isMigrated, prepare, page } = this.ports;
    return {
      page: (after, limit) => page(owner, after, limit),
      cursor: () => (isMigrated() ? stores.meta.restoreCursor() : null),
      take: (rows) => {
        prepare(owner);
        stores.transaction(() => takeBack(stores, rows));
      },
      finish: () => {
        // as if one event a millisecond had passed: a client that has numbers of the old life is told to read anew
        stores.events.skipTo(Date.now());
        tieLooseLinks(stores);
        stores.meta.setRestored();
      },
    };
  }
}

/**
 * Rows that come without a vector get a task, as if they were new; rows that are here already stay as they are, and
 * what was deleted here stays deleted though Postgres has yet to hear of it.
 */
function takeBack(stores: Stores, restored: readonly StoredMessage[]): void {
  const now = Date.now();
  const bare: number[] = [];
  const architect = new Architect(stores); // of this transaction only: it may roll back
  const deleted = new Set(stores.outbox.deletedIds());
  for (const message of restored) {
    if (deleted.has(message.id)) continue;
    const row = stores.messages.restore(message);
    if (row === null) continue;
    const memory = memoryOf(row, message);
    if (memory) {
      stores.memories.put(memory);
      takeLife(stores, architect, row, message);
    } else bare.push(row);
  }
  if (bare.length > 0) {
    stores.tasks.add({
      id: newUlid(now),
      firstRow: Math.min(...bare),
      lastRow: Math.max(...bare),
      total: bare.length,
      now,
    });
  }
  stores.meta.setRestoreCursor(restored.at(-1)!);
}
