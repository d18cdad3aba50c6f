import type { Owner } from '../../src/auth/contract.ts';
import { type PagedMessage, pageMessages, type StoredMessage } from '../../src/persistence/messages.ts';
import { kindsOfRecords, type PagedRecord, pageRecords, type StoredRecord } from '../../src/persistence/records.ts';
import type { SealedDb } from '../../src/persistence/sealed-db.ts';
import { RECORD_KINDS, type RecordKind } from '../../src/person/record-kinds.ts';
import { type RestorePorts, restore } from '../../src/person/restore.ts';
import { type Refusal, refused } from '../../src/shared/errors.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { log } from '../../src/shared/log.ts';
import { backoffMs } from '../../src/tasks/backoff.ts';
import { relearn } from '../archaeology/reconstruction-calibration.ts';
import { concludeAnew } from '../mirror/mirror-registry.ts';
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

const NO_USER = refused('not_found', 'No such user.');
const ASK_LATER = refused('unavailable', 'What is stored of this user cannot be read right now.', 5);

export interface RestorerPorts {
  stores: Stores;
  groups: RecordGroups;
  isMigrated(): boolean;
  /** why nothing can be asked of a person who is being erased, or null */
  erased(): Refusal | null;
  /** makes the tables, and writes down whose they are */
  prepare(owner: Owner): void;
  db(): SealedDb;
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

  /** Why nothing can be read of this person, or null. What is only in Postgres is taken back first. */
  async refusal(owner: Owner): Promise<Refusal | null> {
    const erased = this.ports.erased();
    if (erased) return erased;
    const whole = await this.ensure(owner);
    if (this.ports.isMigrated()) return null;
    return whole ? NO_USER : ASK_LATER;
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

  /**
   * Takes back what could not be read the last time, should it be readable now: rows that were mended, or whose key is
   * there again. What is here already stays as it is.
   *
   * @returns as `ensure`
   */
  async again(owner: Owner): Promise<boolean> {
    const { stores, isMigrated } = this.ports;
    if (!isMigrated() || !stores.records.hasUnreadable()) return true;
    stores.transaction(() => {
      stores.records.forgetUnreadable();
      stores.meta.restoreAgain();
    });
    this.whole = false;
    this.asked = null;
    return this.ensure(owner);
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
      log.error('restore postponed: Postgres does not answer, or what it has cannot be opened', {
        error,
      });
      this.asked = { at: Date.now(), answer: false };
      this.failures++;
    }
    return this.asked.answer;
  }

  private restorePorts(owner: Owner): RestorePorts {
    const { stores, groups, isMigrated, prepare, db } = this.ports;
    return {
      recordKinds: () => kindsOfRecords(db().db, owner, RECORD_KINDS),
      recordPage: (kind, after, limit) => pageRecords(db(), owner, kind, after, limit),
      recordCursor: () => (isMigrated() ? stores.meta.recordCursor() : null),
      takeRecords: (rows) => {
        prepare(owner);
        stores.transaction(() => {
          groups.takeBack(readableRecords(stores, rows) as (StoredRecord & { kind: RecordKind })[]);
          stores.meta.setRecordCursor(rows.at(-1)!);
        });
      },
      page: (after, limit) => pageMessages(db(), owner, after, limit),
      cursor: () => (isMigrated() ? stores.meta.restoreCursor() : null),
      take: (rows) => {
        prepare(owner);
        stores.transaction(() => {
          const readable = readableMessages(stores, rows);
          takeMessages(stores, withoutDeleted(stores, readable));
          replaceRenamed(stores, readable);
          stores.meta.setRestoreCursor(rows.at(-1)!);
        });
      },
      finish: () => {
        // as if one event a millisecond had passed: a client that has numbers of the old life is told to read anew
        stores.events.skipTo(Date.now());
        tieLooseLinks(stores);
        stores.transaction(() => {
          concludeAnew(stores);
          relearn(stores, Date.now());
        });
        stores.meta.setRestored();
      },
    };
  }
}

/** Messages that can be read; of the others it is noted that they are there. Within a transaction. */
function readableMessages(stores: Stores, rows: readonly PagedMessage[]): StoredMessage[] {
  const now = Date.now();
  return rows.filter((row): row is StoredMessage => {
    if ('unreadable' in row) stores.records.setUnreadable('message', row.id, row.unreadable, now);
    else if (row.damaged) log.error('a memory cannot be read and is derived anew', { id: row.id, reason: row.damaged });
    return !('unreadable' in row);
  });
}

/** As `readableMessages`. */
function readableRecords(stores: Stores, rows: readonly PagedRecord[]): StoredRecord[] {
  const now = Date.now();
  return rows.filter((row): row is StoredRecord => {
    if ('unreadable' in row) stores.records.setUnreadable(row.kind, row.id, row.unreadable, now);
    return !('unreadable' in row);
  });
}

/** What was deleted here stays deleted, though Postgres has yet to hear of it. */
function withoutDeleted(stores: Stores, messages: readonly StoredMessage[]): StoredMessage[] {
  const deleted = new Set(stores.outbox.deletedIds());
  return messages.filter(({ id }) => !deleted.has(id));
}

/**
 * A message that was sent again before its row came back may have got another id here. Postgres keeps one row of it and so
 * leaves the new one out: the old one must go first, or nothing that happens to the message here is ever heard of there.
 * Within a transaction.
 */
function replaceRenamed(stores: Stores, restored: readonly StoredMessage[]): void {
  for (const { id, naturalKey } of restored) {
    const here = stores.messages.ofKey(naturalKey);
    if (here === null || here.id === id) continue;
    stores.outbox.addDeletion(id);
    stores.outbox.add(here.row, here.row);
  }
}

/**
 * Rows that come without a vector get a task, as if they were new; rows that are here already stay as they are. To be
 * called within a transaction.
 *
 * @returns numbers of the rows that have come
 */
export function takeMessages(stores: Stores, restored: readonly StoredMessage[]): number[] {
  const now = Date.now();
  const taken: number[] = [];
  const bare: number[] = [];
  const architect = new Architect(stores); // of this transaction only: it may roll back
  for (const message of restored) {
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
