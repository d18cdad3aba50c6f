import { DIG_LIMITS } from '../../src/archaeology/digs/contract.ts';
import type { ArchivePage } from '../../src/http/person-port.ts';
import { MAX_MESSAGES } from '../../src/messages/ingest.ts';
import { DECISION_LIMITS } from '../../src/mirror/decisions/contract.ts';
import { TRAIL_LIMITS } from '../../src/palace/trails/contract.ts';
import type { StoredMessage } from '../../src/persistence/messages.ts';
import { isRecordKind, RECORD_KINDS, type RecordKind } from '../../src/person/record-kinds.ts';
import { fromBase64, toBase64 } from '../../src/shared/base64.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';
import type { MirrorHost } from '../mirror/mirror-host.ts';
import type { MIRROR } from '../mirror/mirror-registry.ts';
import { ProfileViews } from '../mirror/profile-views.ts';
import { MAX_PALACES } from '../palace/palace-work.ts';
import type { RecordBody, RecordPlace } from '../stores/record-store.ts';
import type { Stores } from '../stores/stores.ts';
import { storedMessages } from '../sync/changes.ts';
import type { RecordGroups } from '../sync/record-groups.ts';
import { takeMessages } from '../sync/restorer.ts';
import { allowedRecord, isAllowedMessage } from './under-consent.ts';

/** Read from storage at once. */
const BATCH = 50;
/** Of one page, in UTF-16 units; one line always fits. */
const PAGE_TEXT = 1_000_000;

/** Where an export stands: at a kind of record, among the messages, or at what was derived. */
type Cursor = { stage: number; place: RecordPlace | null };
const MESSAGES = RECORD_KINDS.length;
const DERIVED = MESSAGES + 1;

/** Everything of a person as lines of an archive, and back. */
export class ArchiveDesk {
  private readonly stores: Stores;
  private readonly groups: RecordGroups;
  private readonly host: MirrorHost<typeof MIRROR>;

  constructor(stores: Stores, groups: RecordGroups, host: MirrorHost<typeof MIRROR>) {
    this.stores = stores;
    this.groups = groups;
    this.host = host;
  }

  /** The next page: records first, so that an import finds palaces built and consents given when messages come. */
  page(after: string | null): ArchivePage {
    let cursor: Cursor | null = after === null ? { stage: 0, place: null } : JSON.parse(after);
    const page: ArchivePage = { lines: [], messages: 0, records: 0, next: null };
    for (let text = 0; cursor && text < PAGE_TEXT; ) {
      const { lines, next, isMessages } = this.batch(cursor);
      page.lines.push(...lines);
      if (isMessages) page.messages += lines.length;
      else if (cursor.stage < MESSAGES) page.records += lines.length;
      text += lines.reduce((sum, line) => sum + line.length, 0);
      cursor = next;
    }
    page.next = cursor && JSON.stringify(cursor);
    return page;
  }

  private batch({ stage, place }: Cursor): { lines: string[]; next: Cursor | null; isMessages: boolean } {
    const beyond = { stage: stage + 1, place: null };
    if (stage === DERIVED) return { lines: this.derived(), next: null, isMessages: false };
    if (stage === MESSAGES) {
      const rows = this.stores.messages.between(Number(place ?? 0) + 1, Number.MAX_SAFE_INTEGER, BATCH);
      const lines = storedMessages(this.stores, rows).map(messageLine);
      const next = rows.length < BATCH ? beyond : { stage, place: rows.at(-1)!.row };
      return { lines, next, isMessages: true };
    }
    const kind = RECORD_KINDS[stage]!;
    const found = this.groups.page(kind, place, BATCH);
    const lines = found.map(({ id, body }) => JSON.stringify({ type: 'record', kind, id, body }));
    return { lines, next: found.length < BATCH ? beyond : { stage, place: found.at(-1)!.place }, isMessages: false };
  }

  /** What the service has concluded, as it shows it: for whoever reads the archive. An import concludes it anew. */
  private derived(): string[] {
    const granted = this.stores.consents.granted();
    const views = new ProfileViews(this.stores, this.host);
    const line = (name: string, body: unknown) => JSON.stringify({ type: 'derived', name, body });
    return [
      ...(granted.has('personality') ? [line('personality', views.personality())] : []),
      ...(granted.has('emotion') ? [line('emotion', views.emotion())] : []),
      ...(granted.has('style') ? [line('style', views.style()), line('fingerprint', views.fingerprint())] : []),
      ...this.stores.gaps.everything().map((gap) => line('gap', gap)),
    ];
  }

  /**
   * Takes in lines of an archive that is known to be ours. To be called within a transaction.
   *
   * @returns new messages
   * @throws TooMuch where there would be more than a person may have: archives of several could be taken in as one's
   */
  take(lines: readonly unknown[]): number {
    const before = this.bounded();
    const records: { kind: RecordKind; body: RecordBody }[] = [];
    const messages: StoredMessage[] = [];
    for (const line of lines as ArchiveLine[]) {
      if (line.type === 'record' && isRecordKind(line.kind)) records.push({ kind: line.kind, body: line.body });
      if (line.type === 'message') messages.push(messageOf(line));
    }
    const granted = this.consented(records);
    this.groups.take(
      records.flatMap(({ kind, body }) => {
        const allowed = allowedRecord(kind, body, granted);
        return allowed ? [{ kind, body: allowed }] : [];
      }),
    );
    const rows = takeMessages(
      this.stores,
      messages.filter((message) => isAllowedMessage(message, granted)),
    );
    for (const row of rows) this.stores.outbox.add(row, row);
    for (const [i, { name, held, most }] of this.bounded().entries()) {
      if (held > most && held > before[i]!.held) throw new TooMuch(`A user has at most ${most} ${name}.`);
    }
    return rows.length;
  }

  /** Consents once those of an archive are here too: what was withdrawn here since stays withdrawn. */
  private consented(records: readonly { kind: RecordKind; body: RecordBody }[]): ReadonlySet<InferenceName> {
    this.groups.take(records.filter(({ kind }) => kind === 'consent'));
    return this.stores.consents.granted();
  }

  private bounded(): { name: string; held: number; most: number }[] {
    const { messages, palaces, trails, decisions, digs } = this.stores;
    return [
      { name: 'messages', held: messages.count(), most: MAX_MESSAGES },
      { name: 'palaces', held: palaces.all().length, most: MAX_PALACES },
      { name: 'trails', held: trails.count(), most: TRAIL_LIMITS.trails },
      { name: 'decisions', held: decisions.count(), most: DECISION_LIMITS.decisions },
      { name: 'digs', held: digs.count(), most: DIG_LIMITS.digs },
    ];
  }
}

/** What is taken in goes beyond a bound. The message names it. */
export class TooMuch extends Error {}

type MessageLine = Omit<StoredMessage, 'vector'> & {
  type: 'message';
  vector: (Omit<NonNullable<StoredMessage['vector']>, 'bytes'> & { base64: string }) | null;
};
type ArchiveLine = MessageLine | { type: 'record'; kind: string; id: string; body: RecordBody } | { type: 'archive' };

/** What fades as time passes is left out: it follows from the rest. */
function messageLine({ vector, strength: _strength, ...message }: StoredMessage): string {
  const packed = vector && { model: vector.model, scale: vector.scale, base64: toBase64(vector.bytes) };
  return JSON.stringify({ type: 'message', ...message, vector: packed });
}

function messageOf({ type: _type, vector, ...message }: MessageLine): StoredMessage {
  const unpacked = vector && { model: vector.model, scale: vector.scale, bytes: fromBase64(vector.base64) };
  return { ...message, strength: null, vector: unpacked };
}
