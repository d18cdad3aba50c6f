import type { SQL } from 'drizzle-orm';
import { isAlive, type Life, StaleKeyError, writeLife } from '../life.ts';
import type { SealedDb } from '../sealed-db.ts';
import type { DataKey } from './envelope.ts';

/**
 * Writes rows of one life of a person under the person's key, in one transaction. A key that was dropped since it was
 * read (an erasure, a rotation) is read anew, once.
 *
 * @param statements that write rows sealed with the key, each with the condition `isAlive` of it
 * @returns epoch ms: when the person was erased, if nothing was written for that; else null
 * @throws AppError `unavailable` when nothing can be sealed
 */
export async function writeSealed(
  { db, keys }: SealedDb,
  life: Life,
  statements: (key: DataKey) => Promise<SQL[]>,
): Promise<number | null> {
  for (let isFirst = true; ; isFirst = false) {
    const key = await keys.ofWriter(db, life, isAlive(life));
    if (key === null) return writeLife(db, life, []);
    try {
      return await writeLife(db, life, await statements(key), key.id);
    } catch (error) {
      if (!(error instanceof StaleKeyError) || !isFirst) throw error;
      keys.forget(life);
    }
  }
}
