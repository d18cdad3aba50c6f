import type { StoredMessage } from '../persistence/messages.ts';
import type { ErasureReceipt } from '../person/erasure/contract.ts';
import type { Retention } from '../person/retention/contract.ts';
import type { Outcome } from '../shared/errors.ts';

/** A page of an archive: lines of JSON. */
export interface ArchivePage {
  lines: string[];
  messages: number;
  records: number;
  /** null: this is the last */
  next: string | null;
}

/** Messages that an object holds, and what Postgres has yet to hear of. */
export interface Held {
  rows: StoredMessage[];
  /** epoch ms: when this life of the object began */
  bornAt: number;
  unsaved: number;
}

export interface HeldRecord {
  id: string;
  body: Record<string, unknown>;
  /** where the next page begins */
  place: string;
}

/** What routes may ask of a person's object about all that it holds. */
export interface PersonPort {
  erase(): Promise<Outcome<ErasureReceipt>>;
  whatRemains(receiptId: string, erasedAt: number): Promise<{ receipt: ErasureReceipt | null; held: number }>;
  exportPage(cursor: string | null): Promise<Outcome<ArchivePage>>;
  importLines(lines: unknown[], isFirst: boolean): Promise<Outcome<{ newMessages: number }>>;
  /** Takes back from Postgres what could not be read when the object was restored, where it can be read now. */
  takeBackAgain(): Promise<Outcome<null>>;
  messagesAfter(row: number, limit: number): Promise<Outcome<Held>>;
  recordsAfter(kind: string, after: string | null, limit: number): Promise<Outcome<HeldRecord[]>>;
  retention(): Promise<Outcome<Retention>>;
  /** has what is over its time removed, soon */
  applyRetention(): Promise<void>;
  sendAgain(messages: Pick<StoredMessage, 'seq'>[], records: { kind: string; id: string }[]): Promise<void>;
}
