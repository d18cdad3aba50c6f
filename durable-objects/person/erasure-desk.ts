import type { Owner } from '../../src/auth/contract.ts';
import { personHash } from '../../src/auth/service-secret.ts';
import { forgetInKv } from '../../src/cache/forget.ts';
import type { Env } from '../../src/env.ts';
import { openDb } from '../../src/persistence/db.ts';
import { erasePerson, isKnown, lastTombstone, type Tombstone } from '../../src/persistence/erasures.ts';
import { openSealedDb } from '../../src/persistence/sealed-db.ts';
import { done, type Outcome, type Refusal, refused } from '../../src/shared/errors.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { log } from '../../src/shared/log.ts';
import { backoffMs } from '../../src/tasks/backoff.ts';
import type { ArrivalStore } from '../stores/arrival-store.ts';
import { within } from '../within.ts';

/** An erasure that waits for the database: all that is left of the person here. */
interface Pending {
  owner: Owner;
  tombstone: Tombstone;
  attempts: number;
}

/** An erasure as far as it has come. */
export interface Erasure {
  tombstone: Tombstone;
  isComplete: boolean;
}

const BEING_ERASED = refused('unavailable', 'This user is being erased.', 5);
const NOT_SET_UP = refused('unavailable', 'SERVICE_SECRET is not set, so no receipt can be signed.');
const ASK_LATER = refused('unavailable', 'What is stored of this user cannot be asked for right now.', 5);
const NO_USER = refused('not_found', 'No such user.');
/** Sockets are told with this code that the person is gone. */
const GONE = 4004;

/** Whoever asked for an erasure ends this life of the object once they have their answer; if they do not, it ends by itself. */
const LONGEST_LEFT_MS = 1_000;

/** A cache that hangs is asked again later, with all the rest. */
const LONGEST_FORGET_MS = 10_000;

async function inTime(work: Promise<unknown>): Promise<void> {
  const late = Symbol('late');
  if ((await within<unknown>(work, LONGEST_FORGET_MS, late)) === late) throw new Error('a cache does not answer');
}

/** Tables by what a receipt calls their rows. */
const COUNTED: Readonly<Record<string, string>> = {
  messages: 'message',
  memories: 'memory',
  palaces: 'palace',
  room_names: 'room_name',
  trails: 'trail',
  consents: 'consent',
  audit_entries: 'audit',
  mirror_states: 'mirror_state',
  decisions: 'decision',
  predictions: 'prediction',
  gaps: 'gap',
  reconstructions: 'reconstruction',
  digs: 'dig',
  tasks: 'task',
  events: 'event',
  answers: 'idempotency',
};

/**
 * Erases a person: from this object at once and in one transaction, then from Postgres and the caches, and only when all
 * of that is done the object forgets that there was anything to erase. Until then it refuses everything, and its alarm
 * goes on trying, so that a person is never half forgotten in silence.
 */
export class ErasureDesk {
  private readonly ctx: DurableObjectState;
  private readonly env: Env;
  private readonly arrivals: ArrivalStore;
  /** undefined: not read yet; null: there is none */
  private held: Pending | null | undefined;
  /** this life of the object has ended: what it still holds in memory must not be written */
  private over = false;
  private running: Promise<Outcome<Erasure>> | null = null;

  constructor(ctx: DurableObjectState, env: Env, arrivals: ArrivalStore) {
    this.ctx = ctx;
    this.env = env;
    this.arrivals = arrivals;
  }

  /** Why nothing can be asked or told of this person now, or null. */
  refusal(): Refusal | null {
    return this.over || this.pending() ? BEING_ERASED : null;
  }

  /** Erases, or goes on with an erasure, or answers again what an earlier one has done. */
  async erase(owner: Owner, isHeldHere: boolean): Promise<Outcome<Erasure>> {
    if (this.env.SERVICE_SECRET === '') return NOT_SET_UP;
    if (!this.pending()) {
      const hash = await personHash(this.env.SERVICE_SECRET, owner);
      if (this.over) return BEING_ERASED;
      if (!isHeldHere) {
        const earlier = await this.known(owner, hash);
        if (earlier !== true) return earlier;
      }
      if (!this.pending()) this.begin(owner, hash);
    }
    await this.ctx.storage.setAlarm(Date.now() + backoffMs(1, 0));
    return this.resume();
  }

  /** The journal of the storage, too, is emptied only when it is closed. */
  private endSoon(): void {
    this.over = true;
    setTimeout(() => this.end(), LONGEST_LEFT_MS);
  }

  /** Ends this life of the object if it is over: the next one starts with an empty memory. */
  end(): void {
    if (this.over) this.ctx.abort('the user was erased');
  }

  /** Does what is left to do, if anything is. @returns the erasure, or refuses where there is none */
  resume(): Promise<Outcome<Erasure>> {
    this.running ??= this.attempt().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async attempt(): Promise<Outcome<Erasure>> {
    const pending = this.pending();
    if (!pending) return NO_USER;
    try {
      const asked = { ...pending.tombstone, erasedAt: Date.now() };
      const { db, keys } = openSealedDb(this.env);
      const { tombstone, keyHashes } = await erasePerson(db, pending.owner, asked);
      keys.forget(pending.owner);
      const { tenantId, userId } = pending.owner;
      const scope = JSON.stringify([tenantId, userId]);
      await inTime(forgetInKv(this.env.KV, scope));
      await inTime(this.env.EMBEDDER.forget(scope));
      await inTime(Promise.all(keyHashes.map((hash) => this.env.KV.delete(`key:${hash}`))));
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
      this.held = null;
      this.endSoon();
      return done({ tombstone, isComplete: true });
    } catch (error) {
      log.error('an erasure waits', { receipt: pending.tombstone.receiptId, error });
      pending.attempts++;
      this.write(pending);
      await this.ctx.storage.setAlarm(Date.now() + backoffMs(pending.attempts, Math.random()));
      if (this.over) this.endSoon();
      return done({ tombstone: pending.tombstone, isComplete: false });
    }
  }

  /** The erasure that waits, if one does. */
  pending(): Pending | null {
    if (this.held === undefined) this.held = this.read();
    return this.held;
  }

  /** @throws Error while nothing new may be stored of this person */
  forbid(): void {
    if (this.refusal()) throw new Error('the user is being erased');
  }

  /**
   * Everything goes, and the note that it must go elsewhere too comes in the same turn, before anybody is told. Dropped
   * tables would not do: what they held stays in free pages and in the journal until all else is done, and a statement
   * that somebody left open forbids it. A crash in between leaves what Postgres has to whoever asks again.
   */
  private begin(owner: Owner, hash: string): void {
    const now = Date.now();
    const { storage } = this.ctx;
    const tombstone: Tombstone = {
      receiptId: `erasure_${newUlid(now)}`,
      tenantId: owner.tenantId,
      personHash: hash,
      requestedAt: now,
      erasedAt: now,
      counts: this.counts(),
    };
    void storage.deleteAll(); // has happened when it returns
    storage.sql.exec('CREATE TABLE erasure (body TEXT NOT NULL) STRICT');
    this.held = { owner, tombstone, attempts: 0 };
    storage.sql.exec('INSERT INTO erasure (body) VALUES (?)', JSON.stringify(this.held));
    this.over = true;
    for (const socket of this.ctx.getWebSockets()) socket.close(GONE, 'The user was erased.');
  }

  /** Of a person this object holds nothing of. @returns true if Postgres has something to erase */
  private async known(owner: Owner, hash: string): Promise<true | Outcome<Erasure>> {
    try {
      const db = openDb(this.env);
      if (await isKnown(db, owner)) return true;
      const tombstone = await lastTombstone(db, owner.tenantId, hash);
      return tombstone ? done({ tombstone, isComplete: true }) : NO_USER;
    } catch (error) {
      log.error('erasure: Postgres does not answer', { error });
      return ASK_LATER;
    }
  }

  private counts(): Record<string, number> {
    const present = new Set(this.tables());
    if (present.has('arrival')) this.sealArrivals();
    const counts = Object.entries(COUNTED).map(([name, table]) => {
      if (!present.has(table)) return [name, 0];
      return [name, this.ctx.storage.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`).one().n];
    });
    return Object.fromEntries(counts);
  }

  /** What has only arrived is a message too. Where it cannot be stored, as with a full disk, the erasure goes on without it. */
  private sealArrivals(): void {
    try {
      this.arrivals.seal();
    } catch (error) {
      log.error('an erasure counts no arrivals', { error });
    }
  }

  private tables(): string[] {
    return this.ctx.storage.sql
      .exec<{ name: string }>(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'`,
      )
      .toArray()
      .map(({ name }) => name);
  }

  private write(pending: Pending): void {
    this.ctx.storage.sql.exec('UPDATE erasure SET body = ?', JSON.stringify(pending));
  }

  private read(): Pending | null {
    if (!this.tables().includes('erasure')) return null;
    const [row] = this.ctx.storage.sql.exec<{ body: string }>('SELECT body FROM erasure').toArray();
    return row ? JSON.parse(row.body) : null;
  }
}
