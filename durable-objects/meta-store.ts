import type { Owner } from '../src/auth/contract.ts';
import type { PageMark } from '../src/persistence/messages.ts';

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
    /** links of restored memories to others that have yet to come back */
    looseLinks: (): LooseLink[] => JSON.parse(get('restore_links') ?? '[]'),
    setLooseLinks: (links: readonly LooseLink[]) => set('restore_links', JSON.stringify(links)),
    /** grows with every change to the palaces */
    epoch: (): number => Number(get('epoch') ?? 0),
    bumpEpoch: (): number => {
      const epoch = Number(get('epoch') ?? 0) + 1;
      set('epoch', String(epoch));
      return epoch;
    },
    /** true once it is known that Postgres has nothing that is not here */
    isRestored: () => get('restored') !== null,
    setRestored: () => set('restored', '1'),
    /** the last message a restore has taken back, so that it goes on after an interruption */
    restoreCursor: (): PageMark | null => {
      const text = get('restore_cursor');
      return text === null ? null : JSON.parse(text);
    },
    setRestoreCursor: ({ seq, id }: PageMark) => set('restore_cursor', JSON.stringify({ seq, id })),
  };
}
