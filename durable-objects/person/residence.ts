import type { Owner } from '../../src/auth/contract.ts';
import type { Refusal } from '../../src/shared/errors.ts';
import { establish, isMigrated, migrate, USER_MEMORY_MIGRATIONS } from '../migrations.ts';
import { USER_MEMORY_SCHEMA } from '../schema.ts';
import type { Stores } from '../stores/stores.ts';
import type { ErasureDesk } from './erasure-desk.ts';

/** Whether this object holds somebody, and whom. */
export class Residence {
  private migrated: boolean;
  private known: Owner | null = null;
  private readonly storage: DurableObjectStorage;
  private readonly stores: Stores;
  private readonly erasure: ErasureDesk;

  /** Synchronous: no event is delivered before it ends. */
  constructor(storage: DurableObjectStorage, stores: Stores, erasure: ErasureDesk) {
    this.storage = storage;
    this.stores = stores;
    this.erasure = erasure;
    this.migrated = isMigrated(storage.sql);
    if (this.migrated) migrate(storage, USER_MEMORY_MIGRATIONS);
  }

  /** Tables are there, and are not about to go. */
  isHeld(): boolean {
    return this.migrated && this.erasure.refusal() === null;
  }

  /** As `isHeld`, by what is stored now. */
  isThere(): boolean {
    return isMigrated(this.storage.sql) && this.isHeld();
  }

  /**
   * Makes the tables of a new person, and writes down whose they are.
   * @throws Error while somebody is being erased
   */
  prepare(owner: Owner): void {
    if (this.isHeld()) return;
    this.erasure.forbid();
    establish(this.storage, USER_MEMORY_SCHEMA, USER_MEMORY_MIGRATIONS);
    this.stores.meta.setOwner(owner);
    this.stores.meta.setBornAt(Date.now());
    this.migrated = true;
  }

  /** As `prepare`, where something of this person may be stored. @returns why it may not, or null */
  admit(owner: Owner): Refusal | null {
    const refusal = this.erasure.refusal();
    if (!refusal) this.prepare(owner);
    return refusal;
  }

  owner(): Owner {
    this.known ??= this.stores.meta.owner()!; // written together with the tables; an object has one owner for ever
    return this.known;
  }

  /** Names the person to caches. */
  scope(): string {
    const { tenantId, userId } = this.owner();
    return JSON.stringify([tenantId, userId]);
  }
}
