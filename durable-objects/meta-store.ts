import type { Owner } from '../src/auth/contract.ts';
import type { PageMark } from '../src/persistence/messages.ts';

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
