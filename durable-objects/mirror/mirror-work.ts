import type { Asking } from '../../src/http/mirror-port.ts';
import type { NewEvent } from '../../src/live/contract.ts';
import type { AuditAction } from '../../src/person/audit/contract.ts';
import type { ConsentChange } from '../../src/person/consent/contract.ts';
import { INFERENCES, type InferenceName } from '../../src/shared/inferences.ts';
import type { Stores } from '../stores/stores.ts';
import { MirrorHost, type Registry } from './mirror-host.ts';
import { PredictionBook } from './prediction-book.ts';
import { CALIBRATION } from './reply-desk.ts';

/** `profile.updated` is sent at most so often; what changed in between is told with the next one. */
const TELL_EVERY_MS = 1_000;
/** A read waits for so many slices: as much as an object that wakes up usually has to do over. */
const SLICES_BEFORE_READ = 4;

export interface MirrorWorkPorts<R extends Registry> {
  stores: Stores;
  registry: R;
  announce(events: readonly NewEvent[]): void;
  /** within the transaction that changes a consent. @returns what is to be done once that is committed */
  consentChanged(name: InferenceName, isGranted: boolean): () => void;
}

/** Everything that changes what is concluded about a person. */
export class MirrorWork<R extends Registry> {
  readonly host: MirrorHost<R>;
  private readonly ports: MirrorWorkPorts<R>;
  private readonly book: PredictionBook;
  private readonly updated = new Set<InferenceName>();
  private toldAt = 0;

  constructor(ports: MirrorWorkPorts<R>) {
    this.ports = ports;
    this.host = new MirrorHost(ports.stores, ports.registry);
    this.book = new PredictionBook(ports.stores);
  }

  /** Takes in messages that have just got their vectors. To be called within a transaction; `settle` follows it. */
  take(rows: readonly number[]): void {
    const { consents, mirror } = this.ports.stores;
    if (consents.granted().size === 0 || rows.length === 0) return;
    const heard = mirror.byRows(rows);
    for (const name of this.host.take(heard)) this.updated.add(name);
    if (consents.granted().has('prediction') && this.book.heard(heard, Date.now())) this.updated.add('prediction');
  }

  /** Takes a message back. To be called within the transaction that deletes it, before that; `settle` follows it. */
  forget(row: number, id: string): void {
    for (const name of this.host.forget(row)) this.updated.add(name);
    const { idempotency, meta, predictions } = this.ports.stores;
    idempotency.forget(null); // answers may quote it
    meta.dropTextSecret(); // and so may what a text model wrote
    predictions.forgetSource(id);
  }

  /** Takes in a slice of the history. @returns whether more is left */
  catchUp(): boolean {
    if (!this.host.isBehind()) return false;
    const more = this.host.catchUp();
    for (const name of this.host.running()) this.updated.add(name);
    this.settle();
    return more;
  }

  /** Before a read: a short history is taken in at once, a long one goes on in the background. */
  freshen(): void {
    for (let slices = 0; slices < SLICES_BEFORE_READ && this.host.isBehind(); slices++) this.host.catchUp();
  }

  /** Nothing is left to do for now. */
  rest(): void {
    this.host.save();
    this.host.renew();
    this.settle(true);
  }

  /** Tells the sockets that there is something new to read, without saying what. */
  settle(now = false): void {
    const time = Date.now();
    if (this.updated.size === 0 || (!now && time - this.toldAt < TELL_EVERY_MS)) return;
    const inferences = INFERENCES.filter((name) => this.updated.has(name));
    this.updated.clear();
    this.toldAt = time;
    this.ports.announce([{ type: 'profile.updated', inferences }]);
  }

  /** Everything is read from storage anew. */
  reset(): void {
    this.host.reset();
  }

  /** What is withdrawn is erased in the same transaction, wherever it is. */
  setConsent(change: ConsentChange, asking: Asking): void {
    const { stores, announce } = this.ports;
    const [granted, withdrawn] = [this.changed(change, true), this.changed(change, false)];
    if (granted.length + withdrawn.length === 0) return;
    const after: (() => void)[] = [];
    try {
      stores.transaction(() => {
        const now = Date.now();
        for (const name of granted) {
          stores.consents.set(name, true, now);
          after.push(this.ports.consentChanged(name, true));
        }
        for (const name of withdrawn) {
          stores.consents.set(name, false, now);
          this.erase(name);
          after.push(this.ports.consentChanged(name, false));
        }
        if (granted.length > 0) this.log('consent.granted', granted, asking);
        if (withdrawn.length > 0) this.log('consent.withdrawn', withdrawn, asking);
      });
    } catch (error) {
      this.reset();
      throw error;
    }
    for (const finish of after) finish();
    announce([{ type: 'consent.changed', granted, withdrawn }]);
  }

  /** Writes down who asked, before anything is shown. */
  log(action: AuditAction, inferences: InferenceName[], { keyId, requestId }: Asking): void {
    this.ports.stores.audit.add({ at: Date.now(), action, inferences, keyId, requestId });
  }

  private changed(change: ConsentChange, to: boolean): InferenceName[] {
    const held = this.ports.stores.consents.granted();
    return INFERENCES.filter((name) => change[name] === to && held.has(name) !== to);
  }

  private erase(name: InferenceName): void {
    const { stores } = this.ports;
    this.host.erase(name);
    stores.idempotency.forget(name);
    stores.meta.dropTextSecret();
    if (name === 'prediction') {
      stores.decisions.eraseAll();
      stores.predictions.eraseAll();
      stores.mirror.erase(CALIBRATION);
    }
    this.updated.delete(name);
  }
}
