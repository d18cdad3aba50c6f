import type { Owner } from '../../src/auth/contract.ts';
import type { PageMark } from '../../src/persistence/messages.ts';
import type { RecordMark } from '../../src/persistence/records.ts';
import type { Removed } from '../../src/person/retention/contract.ts';
import { toBase64 } from '../../src/shared/base64.ts';

/** A memory that points to another by its ULID. */
export interface LooseLink {
  row: number;
  field: 'superseded_by' | 'duplicate_of';
  id: string;
}

/** Every statement about `meta`: who the object belongs to, and where a restore stands. */
export function metaStore(sql: SqlStorage) {
  const get = (key: string) =>
    sql.exec<{ value: string }>('SELECT value FROM meta WHERE key = ?', key).toArray()[0]?.value ?? null;
  const set = (key: string, value: string) =>
    void sql.exec(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      value,
    );
  return {
    owner: (): Owner | null => {
      const text = get('owner');
      return text === null ? null : JSON.parse(text);
    },
    setOwner: (owner: Owner) => set('owner', JSON.stringify(owner)),
    /** epoch ms: when this life of the object began; 0 if that was before it was written down */
    bornAt: (): number => Number(get('born_at') ?? 0),
    setBornAt: (at: number) => set('born_at', String(at)),
    /** base64 of 32 bytes: what a text model wrote about the person is kept under it, and lost with it */
    textSecret: (): string => {
      const held = get('text_secret');
      if (held !== null) return held;
      const secret = toBase64(crypto.getRandomValues(new Uint8Array(32)));
      set('text_secret', secret);
      return secret;
    },
    dropTextSecret: () => void sql.exec("DELETE FROM meta WHERE key IN ('text_secret', 'text_kept')"),
    /** ends of the keys that are kept under it, with the epoch ms when each expires */
    textKept: (): [key: string, until: number][] => JSON.parse(get('text_kept') ?? '[]'),
    setTextKept: (entries: readonly [key: string, until: number][]) => set('text_kept', JSON.stringify(entries)),
    /** links of restored memories to others that have yet to come back */
    looseLinks: (): LooseLink[] => JSON.parse(get('restore_links') ?? '[]'),
    setLooseLinks: (links: readonly LooseLink[]) => set('restore_links', JSON.stringify(links)),
    /** what was removed because its time was over, and when last */
    removed: (): Removed & { at: number | null } =>
      JSON.parse(get('removed') ?? '{"messages":0,"copies":0,"audit_entries":0,"tasks":0,"at":null}'),
    setRemoved: (removed: Removed & { at: number }) => set('removed', JSON.stringify(removed)),
    /** grows with every change to the palaces */
    epoch: (): number => Number(get('epoch') ?? 0),
    bumpEpoch: (): number => {
      const epoch = Number(get('epoch') ?? 0) + 1;
      set('epoch', String(epoch));
      return epoch;
    },
    /** id of the log, in the memory of an isolate, that has noted every change to the palaces so far; null: none has */
    changeLog: (): string | null => get('change_log'),
    setChangeLog: (id: string | null) =>
      id === null ? void sql.exec("DELETE FROM meta WHERE key = 'change_log'") : set('change_log', id),
    /** names what was true since something was last taken back or brought by a restore: no answer of one life is one of the next */
    life: (of: 'palace' | 'mirror'): string => {
      const held = get(`${of}_life`);
      if (held !== null) return held;
      const life = crypto.randomUUID();
      set(`${of}_life`, life);
      return life;
    },
    /** does nothing where there is no person */
    endLife: (of: 'palace' | 'mirror') => {
      const isThere = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'meta'").toArray().length > 0;
      if (!isThere) return;
      sql.exec('DELETE FROM meta WHERE key = ?', `${of}_life`);
      // nothing that was known of those palaces is true of the next
      if (of === 'palace') sql.exec("DELETE FROM meta WHERE key = 'change_log'");
    },
    /** true once it is known that Postgres has nothing that is not here */
    isRestored: () => get('restored') !== null,
    setRestored: () => set('restored', '1'),
    /** All of it is read once more, from the start. */
    restoreAgain: () => void sql.exec("DELETE FROM meta WHERE key IN ('restored', 'restore_cursor', 'restore_record')"),
    /** the last message a restore has taken back, so that it goes on after an interruption */
    restoreCursor: (): PageMark | null => {
      const text = get('restore_cursor');
      return text === null ? null : JSON.parse(text);
    },
    setRestoreCursor: ({ seq, id }: PageMark) => set('restore_cursor', JSON.stringify({ seq, id })),
    /** the last record a restore has taken back: records come before messages */
    recordCursor: (): RecordMark | null => {
      const text = get('restore_record');
      return text === null ? null : JSON.parse(text);
    },
    setRecordCursor: ({ kind, id }: RecordMark) => set('restore_record', JSON.stringify({ kind, id })),
  };
}
