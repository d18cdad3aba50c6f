import type { Owner } from '../../auth/contract.ts';
import type { SealedDb } from '../sealed-db.ts';
import { type DataKey, keyIdOf } from './envelope.ts';

/**
 * The keys for some values, by id; none where no value is sealed. A key that was made since the keys were read is found
 * by reading them once more.
 *
 * @throws AppError `unavailable` when there are keys that cannot be unwrapped
 */
export async function keysFor(
  { db, keys }: SealedDb,
  owner: Owner,
  values: readonly (Uint8Array | null)[],
): Promise<ReadonlyMap<string, DataKey>> {
  const ids = new Set(values.filter((value) => value !== null).map(keyIdOf));
  ids.delete(null);
  if (ids.size === 0) return new Map();
  const known = await keys.ofReader(db, owner);
  const isMissing = [...ids].some((id) => !known.has(id!));
  return isMissing ? keys.ofReader(db, owner, true) : known;
}
