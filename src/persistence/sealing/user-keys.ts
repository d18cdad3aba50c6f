import { type SQL, sql } from 'drizzle-orm';
import type { Owner } from '../../auth/contract.ts';
import { fromBase64, toBase64 } from '../../shared/base64.ts';
import { AppError } from '../../shared/errors.ts';
import { hexOf } from '../../shared/hex.ts';
import { log } from '../../shared/log.ts';
import type { Db } from '../db.ts';
import { lockPerson } from '../life.ts';
import type { DataKey } from './envelope.ts';
import type { KeyRing } from './key-ring.ts';

/** How long an isolate goes on with keys it has read; so long may it still read what is left of a user after an erasure. */
const FRESH_MS = 60_000;
/** Users whose keys one isolate holds at once; the one not asked for longest goes first. */
const MAX_USERS = 1_000;

/** The data keys of one user, the newest first: that one seals, all of them open. */
type KeySet = readonly DataKey[];
type KeyRow = { id: string; key_name: string; wrapped: string };

/**
 * The data keys of users: made when something of a user is first written, unwrapped when they are needed, and held for
 * a minute.
 */
export class UserKeys {
  private readonly ring: KeyRing | null;
  private readonly now: () => number;
  private readonly held = new Map<string, { keys: KeySet; until: number }>();

  /** @param ring null: `ENCRYPTION_KEYS` is not set or cannot be read, so nothing can be sealed or opened */
  constructor(ring: KeyRing | null, now: () => number = Date.now) {
    this.ring = ring;
    this.now = now;
  }

  /**
   * By id, as they were at most a minute ago; none of a user who has none.
   * @throws AppError `unavailable` when there are keys that cannot be unwrapped
   */
  async ofReader(db: Db, owner: Owner, isFresh = false): Promise<ReadonlyMap<string, DataKey>> {
    const keys = (isFresh ? undefined : this.recall(owner)) ?? (await this.read(db, owner));
    return new Map(keys.map((key) => [key.id, key]));
  }

  /**
   * The key to seal with, made where there is none.
   *
   * @param isAllowed whether one may be made: somebody who was erased gets none
   * @returns null: there is none, and none may be made
   * @throws AppError `unavailable` when nothing can be sealed
   */
  async ofWriter(db: Db, owner: Owner, isAllowed: SQL): Promise<DataKey | null> {
    const known = (this.recall(owner) ?? (await this.read(db, owner)))[0];
    return known ?? this.make(db, owner, sql`(${isAllowed}) AND NOT ${hasKeys(owner)}`);
  }

  /**
   * Puts a new key before those that a user has: what is written from now on is sealed with it.
   * @returns null: the user has no key, and nothing that is sealed
   */
  renew(db: Db, owner: Owner): Promise<DataKey | null> {
    return this.make(db, owner, hasKeys(owner));
  }

  /** Keys are read anew when they are needed next. */
  forget({ tenantId, userId }: Owner): void {
    this.held.delete(JSON.stringify([tenantId, userId]));
  }

  /** @returns the newest key there is then, made now or not */
  private async make(db: Db, owner: Owner, isAllowed: SQL): Promise<DataKey | null> {
    const { tenantId, userId } = owner;
    const id = hexOf(crypto.getRandomValues(new Uint8Array(8)));
    const made = await this.usable().wrap(owner, id, crypto.getRandomValues(new Uint8Array(32)));
    const [, , rows] = await db.batch([
      db.execute(lockPerson(owner)),
      db.execute(sql`
        INSERT INTO user_keys (tenant_id, user_id, id, key_name, wrapped)
        SELECT ${tenantId}, ${userId}, ${id}, ${made.keyName}, decode(${toBase64(made.wrapped)}, 'base64')
        WHERE ${isAllowed}`),
      db.execute<KeyRow>(keysOf(owner)),
    ]);
    return (await this.hold(owner, rows.rows))[0] ?? null;
  }

  private recall({ tenantId, userId }: Owner): KeySet | undefined {
    const name = JSON.stringify([tenantId, userId]);
    const entry = this.held.get(name);
    if (!entry || entry.until <= this.now()) return undefined;
    this.held.delete(name);
    this.held.set(name, entry);
    return entry.keys;
  }

  private async read(db: Db, owner: Owner): Promise<KeySet> {
    return this.hold(owner, (await db.execute<KeyRow>(keysOf(owner))).rows);
  }

  private async hold(owner: Owner, rows: readonly KeyRow[]): Promise<KeySet> {
    const until = this.now() + FRESH_MS;
    const keys = await Promise.all(rows.map((row) => this.unwrapped(owner, row)));
    this.forget(owner);
    if (keys.length === 0) return keys; // the next to write makes one
    this.held.set(JSON.stringify([owner.tenantId, owner.userId]), { keys, until });
    for (const oldest of this.held.keys()) {
      if (this.held.size <= MAX_USERS) break;
      this.held.delete(oldest);
    }
    return keys;
  }

  private async unwrapped(owner: Owner, { id, key_name: keyName, wrapped }: KeyRow): Promise<DataKey> {
    const bytes = await this.usable().unwrap(owner, { id, keyName, wrapped: fromBase64(wrapped) });
    if (!bytes) {
      log.error('a data key cannot be unwrapped: ENCRYPTION_KEYS lacks the secret, or it is another one', {
        keyName,
      });
      throw unavailable();
    }
    return { id, key: await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']) };
  }

  private usable(): KeyRing {
    if (this.ring) return this.ring;
    log.error('ENCRYPTION_KEYS is not set or cannot be read, so nothing is saved in Postgres');
    throw unavailable();
  }
}

const unavailable = () =>
  new AppError('unavailable', 'What is stored encrypted cannot be reached right now.', { retryAfterSeconds: 30 });

const keysOf = ({ tenantId, userId }: Owner) => sql`
  SELECT id, key_name, encode(wrapped, 'base64') AS wrapped FROM user_keys
  WHERE tenant_id = ${tenantId} AND user_id = ${userId} ORDER BY created_at DESC, id`;

const hasKeys = ({ tenantId, userId }: Owner) =>
  sql`EXISTS (SELECT 1 FROM user_keys WHERE tenant_id = ${tenantId} AND user_id = ${userId})`;
