import type { Owner } from '../../src/auth/contract.ts';
import type { Db } from '../../src/persistence/db.ts';
import { pageMessages, type StoredMessage } from '../../src/persistence/messages.ts';
import { kindsOfRecords, pageRecords, type StoredRecord } from '../../src/persistence/records.ts';
import { RECORD_KINDS, type RecordKind } from '../../src/person/record-kinds.ts';
import { type RestorePorts, restore } from '../../src/person/restore.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { backoffMs } from '../../src/tasks/backoff.ts';
import { Architect } from '../palace/architect.ts';
import { memoryOf } from '../stores/memory-store.ts';
import type { Stores } from '../stores/stores.ts';
import { within } from '../within.ts';
import { takeLife, tieLooseLinks } from './life-backup.ts';
import type { RecordGroups } from './record-groups.ts';

/** A read waits this long for Postgres, then answers from what is here. */
const WAIT_MS = 2_000;
/** Postgres is asked again after this long, when it failed or had nothing. */
const PAUSE_MS = 5_000;

export interface RestorerPorts {
  stores: Stores;
  groups: RecordGroups;
  isMigrated(): boolean;
  /** makes the tables, and writes down whose they are */
  prepare(owner: Owner): void;
  db(): Db;
  /** rows have come back: what is derived from all rows is out of date, and some may lack a vector */
  onRestored(): void;
}

/** Gives an object that lost its data (or never had any here) what Postgres kept of it. */
export class Restorer {
  private running: Promise<boolean> | null = null;
  private asked: { at: number; answer: boolean } | null = null;
  private failures = 0;
  /** once true it stays so, and every read asks */
  private whole = false;
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
    if (this.ports.isMigrated() && (this.whole || stores.meta.isRestored())) {
      this.whole = true;
      return true;
    }
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
    const { stores, groups, isMigrated, prepare, db } = this.ports;
    return {
      recordKinds: () => kindsOfRecords(db(), owner, RECORD_KINDS),
      recordPage: (kind, after, limit) => pageRecords(db(), owner, kind, after, limit),
      recordCursor: () => (isMigrated() ? stores.meta.recordCursor() : null),
      takeRecords: (rows) => {
        prepare(owner);
        stores.transaction(() => {
          groups.takeBack(rows as (StoredRecord & { kind: RecordKind })[]);
          stores.meta.setRecordCursor(rows.at(-1)!);
        });
      },
      page: (after, limit) => pageMessages(db(), owner.tenantId, owner.userId, after, limit),
      cursor: () => (isMigrated() ? stores.meta.restoreCursor() : null),
      take: (rows) => {
        prepare(owner);
        stores.transaction(() => {
          takeMessages(stores, rows);
          stores.meta.setRestoreCursor(rows.at(-1)!);
        });
      },
      finish: () => {
        // as if one event a millisecond had passed: a client that has numbers of the old life is told to read anew
        stores.events.skipTo(Date.now());
        tieLooseLinks(stores);
        stores.mirror.eraseAll(); // old rows have come back below those it had reached
        stores.meta.setRestored();
      },
    };
  }
}

/**
 * Rows that come without a vector get a task, as if they were new; rows that are here already stay as they are, and
 * what was deleted here stays deleted though Postgres has yet to hear of it. To be called within a transaction.
 *
 * @returns numbers of the rows that have come
 */
export function takeMessages(stores: Stores, restored: readonly StoredMessage[]): number[] {
  const now = Date.now();
  const taken: number[] = [];
  const bare: number[] = [];
  const architect = new Architect(stores); // of this transaction only: it may roll back
  const deleted = new Set(stores.outbox.deletedIds());
  for (const message of restored) {
    if (deleted.has(message.id)) continue;
    const row = stores.messages.restore(message);
    if (row === null) continue;
    taken.push(row);
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
  return taken;
}
