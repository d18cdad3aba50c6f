import { RpcTarget } from 'cloudflare:workers';
import type { Owner } from '../../src/auth/contract.ts';
import type { Asking } from '../../src/http/mirror-port.ts';
import type { ArchivePage, Held, HeldRecord, PersonPort } from '../../src/http/person-port.ts';
import type { StoredMessage } from '../../src/persistence/messages.ts';
import type { ErasureReceipt } from '../../src/person/erasure/contract.ts';
import { pendingReceipt, receiptOf } from '../../src/person/erasure/receipt.ts';
import { isRecordKind } from '../../src/person/record-kinds.ts';
import type { Retention } from '../../src/person/retention/contract.ts';
import { done, type Outcome, type Refusal, refused } from '../../src/shared/errors.ts';
import { relearn } from '../archaeology/reconstruction-calibration.ts';
import type { MirrorHost } from '../mirror/mirror-host.ts';
import { concludeAnew, type MIRROR } from '../mirror/mirror-registry.ts';
import type { RecordPlace } from '../stores/record-store.ts';
import type { Stores } from '../stores/stores.ts';
import { storedMessages } from '../sync/changes.ts';
import { tieLooseLinks } from '../sync/life-backup.ts';
import type { RecordGroups } from '../sync/record-groups.ts';
import { ArchiveDesk, TooMuch } from './archive-desk.ts';
import type { ErasureDesk } from './erasure-desk.ts';
import type { RetentionDesk } from './retention-desk.ts';

export interface PersonApiPorts {
  stores: Stores;
  groups: RecordGroups;
  mirror: MirrorHost<typeof MIRROR>;
  erasure: ErasureDesk;
  retention: RetentionDesk;
  owner: Owner;
  asking: Asking;
  secret: string;
  isHeldHere(): boolean;
  /** why nothing can be read of this person, or null */
  refusal(): Promise<Refusal | null>;
  /** makes the tables of a new person */
  prepare(): void;
  /** @returns false if what could not be read before cannot be asked for now */
  restoreAgain(): Promise<boolean>;
  /** rows have come: what is held in memory is out of date */
  reset(): void;
  /** there is work on what has come, and Postgres is to hear of it */
  worked(): Promise<void>;
}

const ASK_LATER = refused('unavailable', 'What is stored of this user cannot be asked for right now.', 5);

/** A person's rights over all that is held of them, as routes see them. Each method is one call of a route. */
export class PersonApi extends RpcTarget implements PersonPort {
  readonly #ports: PersonApiPorts;
  readonly #archive: ArchiveDesk;

  constructor(ports: PersonApiPorts) {
    super();
    this.#ports = ports;
    this.#archive = new ArchiveDesk(ports.stores, ports.groups, ports.mirror);
  }

  async erase(): Promise<Outcome<ErasureReceipt>> {
    const { erasure, owner, secret } = this.#ports;
    const erased = await erasure.erase(owner, this.#ports.isHeldHere());
    if (!erased.ok) return erased;
    const { tombstone, isComplete } = erased.value;
    return done(isComplete ? await receiptOf(tombstone, secret) : pendingReceipt(tombstone));
  }

  /** The receipt of an erasure that waits here, or null; and whether anything is held of a life before it. */
  async whatRemains(receiptId: string, erasedAt: number): Promise<{ receipt: ErasureReceipt | null; held: number }> {
    const { erasure, stores } = this.#ports;
    const pending = erasure.pending();
    if (pending) {
      const receipt = pending.tombstone.receiptId === receiptId ? pendingReceipt(pending.tombstone) : null;
      return { receipt, held: 0 };
    }
    const isOlder = this.#ports.isHeldHere() && stores.meta.bornAt() <= erasedAt;
    return { receipt: null, held: isOlder ? 1 : 0 };
  }

  async exportPage(cursor: string | null): Promise<Outcome<ArchivePage>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    if (cursor === null) this.#log('archive.exported');
    return done(this.#archive.page(cursor));
  }

  /** Lines of an archive that is known to be ours; a person may be new. @returns how many messages were */
  async importLines(lines: unknown[], isFirst: boolean): Promise<Outcome<{ newMessages: number }>> {
    const refusal = await this.#ports.refusal();
    if (refusal && refusal.code !== 'not_found') return refusal;
    const { prepare, reset, worked } = this.#ports;
    prepare();
    const taken = this.#take(lines);
    reset();
    if (!taken.ok) return taken;
    if (isFirst) this.#log('archive.imported');
    await worked();
    return done({ newMessages: taken.value });
  }

  async takeBackAgain(): Promise<Outcome<null>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    return (await this.#ports.restoreAgain()) ? done(null) : ASK_LATER;
  }

  /** Messages in order of arrival after a row, as Postgres should hold them. */
  async messagesAfter(row: number, limit: number): Promise<Outcome<Held>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const { stores } = this.#ports;
    const rows = stores.messages.between(row + 1, Number.MAX_SAFE_INTEGER, limit);
    return done({ rows: storedMessages(stores, rows), bornAt: stores.meta.bornAt(), unsaved: this.#unsaved() });
  }

  async recordsAfter(kind: string, after: string | null, limit: number): Promise<Outcome<HeldRecord[]>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const place: RecordPlace | null = after === null ? null : JSON.parse(after);
    const found = isRecordKind(kind) ? this.#ports.groups.page(kind, place, limit) : [];
    return done(found.map(({ id, body, place: at }) => ({ id, body, place: JSON.stringify(at) })));
  }

  async retention(): Promise<Outcome<Retention>> {
    return (await this.#ports.refusal()) ?? done(this.#ports.retention.view());
  }

  async applyRetention(): Promise<void> {
    if (!(await this.#ports.refusal())) await this.#ports.worked();
  }

  /** Tells Postgres of these once more. */
  async sendAgain(messages: Pick<StoredMessage, 'seq'>[], records: { kind: string; id: string }[]): Promise<void> {
    const { stores, worked } = this.#ports;
    stores.transaction(() => {
      for (const { seq } of messages) stores.outbox.add(seq, seq);
      for (const { kind, id } of records) if (isRecordKind(kind)) stores.records.note(kind, id);
      stores.records.forgetAside(); // tried once more: what is still refused is set aside again
    });
    await worked();
  }

  #take(lines: unknown[]): Outcome<number> {
    const { stores } = this.#ports;
    try {
      return stores.transaction(() => {
        const newMessages = this.#archive.take(lines);
        tieLooseLinks(stores);
        concludeAnew(stores);
        relearn(stores, Date.now());
        return done(newMessages);
      });
    } catch (error) {
      if (error instanceof TooMuch) return refused('conflict', error.message);
      throw error;
    }
  }

  #unsaved(): number {
    const { outbox, records } = this.#ports.stores;
    return outbox.count() + records.count();
  }

  #log(action: 'archive.exported' | 'archive.imported'): void {
    const { stores, asking } = this.#ports;
    stores.audit.add({ at: Date.now(), action, inferences: [], ...asking });
  }
}
