import { type Db, openDb } from './db.ts';
import { parseKeyRing } from './sealing/key-ring.ts';
import { UserKeys } from './sealing/user-keys.ts';

interface SealedDbEnv {
  DATABASE_URL: string;
  NEON_LOCAL_PROXY: string;
  ENCRYPTION_KEYS: string;
  VECTOR_INDEX?: string;
}

/** Postgres, and the keys that open what users said in it. */
export interface SealedDb {
  db: Db;
  keys: UserKeys;
  /** vectors are written plainly, too, for an index */
  plainVectors?: boolean;
}

let held: { env: SealedDbEnv; keys: UserKeys } | undefined;

/** As `openDb`. Keys are held by the isolate, whichever request asked for them. */
export function openSealedDb(env: SealedDbEnv): SealedDb {
  const { DATABASE_URL, NEON_LOCAL_PROXY, ENCRYPTION_KEYS = '' } = env;
  if (held?.env.ENCRYPTION_KEYS !== ENCRYPTION_KEYS || held.env.DATABASE_URL !== DATABASE_URL) {
    held = {
      env: { DATABASE_URL, NEON_LOCAL_PROXY, ENCRYPTION_KEYS },
      keys: new UserKeys(parseKeyRing(ENCRYPTION_KEYS)),
    };
  }
  return { db: openDb(env), keys: held.keys, plainVectors: env.VECTOR_INDEX === 'on' };
}
