import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';
import { bytea, cubePoint } from './columns.ts';

/** What became of a memory since it was made, for restoring an object. Times in epoch ms, others by their ULID. */
export interface StoredLife {
  palace: { id: string; name: string; layout: string; isDefault: boolean; createdAt: number };
  kind: 'message' | 'note';
  salience: number;
  pinned: boolean;
  /** FSRS: days */
  stability: number;
  difficulty: number;
  reps: number;
  lapses: number;
  lastReview: number;
  due: number;
  validFrom: number;
  validUntil: number | null;
  supersededBy: string | null;
  duplicateOf: string | null;
  wordsKey: string | null;
}

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** An application that uses the service. It owns API keys and users. */
export const tenants = pgTable('tenants', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});

/** `hash` is the hex SHA-256 of the whole key; the key itself is shown once and never stored. */
export const apiKeys = pgTable('api_keys', {
  id: text('id').primaryKey(),
  tenantId: text('tenant_id')
    .notNull()
    .references(() => tenants.id),
  name: text('name').notNull(),
  hash: text('hash').notNull().unique(),
  prefix: text('prefix').notNull(),
  scopes: text('scopes').array().notNull(),
  userId: text('user_id'), // null: every user of the tenant
  ratePerMinute: integer('rate_per_minute'), // null: the service's default
  createdAt: instant('created_at').notNull().defaultNow(),
  expiresAt: instant('expires_at'),
  revokedAt: instant('revoked_at'),
});

/*
 * What is sealed: AES-256-GCM under the user's data key, bound to tenant, user, table, column and row
 * (src/persistence/sealing/envelope.ts). It is everything that a person or a client wrote, and what was derived from it,
 * but for what a query of the database needs:
 *
 * | table | sealed | plain, and why |
 * |---|---|---|
 * | messages | content, speaker, conversation_id, message_id, metadata, keystrokes | tenant, user, id, seq, natural_key, times: keys, order, retention; role: three words |
 * | memories | embedding with its scale (an embedding can be inverted to text), life (it holds a hash of the words, the name of the palace) | embedding_model; position_3d, memory_strength, semantic_category: they are indexed (GiST, partial), and tell the theme of a memory |
 * | records | body: palaces, trails, decisions, predictions, reconstructions, digs, consents, the audit log | kind, id, seq: keys that the service makes |
 *
 * `api_keys.name` and `tenants.name` are the tenant's own, `erasures` tells nobody. Rows from before there was encryption
 * hold their text plainly until `npm run keys -- seal` has been over them; they are read all the same.
 */

/** Data keys of users, each wrapped by a key of its tenant that is derived from the secret `key_name`. Gone: shredded. */
export const userKeys = pgTable(
  'user_keys',
  {
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    id: text('id').notNull(), // 16 hex digits, as in each value that is sealed with it
    keyName: text('key_name').notNull(), // the secret of ENCRYPTION_KEYS under which it is wrapped
    wrapped: bytea('wrapped').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(), // the newest seals, all open
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.userId, t.id] })],
);

// The tables below have no foreign keys: they are written by at-least-once deliveries that may arrive in any order.

export const users = pgTable(
  'users',
  {
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.userId] })],
);

/** Verbatim messages; never changed once written. */
export const messages = pgTable(
  'messages',
  {
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    id: text('id').notNull(), // ULID
    seq: bigint('seq', { mode: 'number' }).notNull(), // order of arrival at the person's object
    naturalKey: text('natural_key').notNull(), // hex
    messageId: text('message_id'), // the client's own id
    conversationId: text('conversation_id'), // null where sealed
    role: text('role').notNull(),
    speaker: text('speaker'),
    content: text('content'), // null where sealed
    sentAt: instant('sent_at').notNull(),
    acceptedAt: instant('accepted_at').notNull(),
    metadata: jsonb('metadata').$type<Record<string, unknown>>(),
    keystrokes: jsonb('keystrokes').$type<Record<string, unknown>>(),
    sealed: bytea('sealed'), // JSON of what is not plain; null in rows from before there was encryption
  },
  (t) => [
    check(
      'messages_sealed_or_plain',
      sql`CASE WHEN sealed IS NULL THEN num_nulls(content, conversation_id) = 0
        ELSE num_nonnulls(content, conversation_id, speaker, message_id, metadata, keystrokes) = 0 END`,
    ),
    primaryKey({ columns: [t.tenantId, t.userId, t.id] }),
    unique('messages_natural_key').on(t.tenantId, t.userId, t.naturalKey),
    index('messages_seq').on(t.tenantId, t.userId, t.seq, t.id).concurrently(), // the order in which an object is restored
    // nullsFirst, as in every `ORDER BY … DESC` of a query: drizzle's plain desc() is NULLS LAST and would not match
    index('messages_sent_at').on(t.tenantId, t.userId, t.sentAt.desc().nullsFirst()).concurrently(),
    index('messages_accepted_at').on(t.tenantId, t.acceptedAt).concurrently(), // what is over its time
    index('messages_unsealed').on(t.tenantId, t.userId, t.id).where(sql`sealed IS NULL`).concurrently(), // soon empty
  ],
);

/**
 * What was derived from a message. `message_id` is `messages.id`.
 * `embedding` holds one int8 a dimension; component = int8 * `embedding_scale`. `sealed_vector` holds both.
 */
export const memories = pgTable(
  'memories',
  {
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    messageId: text('message_id').notNull(),
    position3d: cubePoint('position_3d'), // metres in the palace; null until placed
    embedding: bytea('embedding'),
    embeddingScale: doublePrecision('embedding_scale'),
    embeddingModel: text('embedding_model'),
    // not `real`: the planner cannot prove that 0.7::real > 0.7, so the partial index would go unused
    memoryStrength: doublePrecision('memory_strength').notNull().default(1),
    semanticCategory: text('semantic_category'),
    life: jsonb('life').$type<StoredLife>(), // null until placed, and where sealed
    sealedVector: bytea('sealed_vector'),
    sealedLife: bytea('sealed_life'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.userId, t.messageId] }),
    check(
      'memories_sealed_or_plain',
      sql`(sealed_vector IS NULL OR num_nonnulls(embedding, embedding_scale) = 0) AND num_nonnulls(life, sealed_life) < 2`,
    ),
    index('memories_position_3d').using('gist', t.position3d).concurrently(),
    // a query must spell `> 0.7` in its text: as a parameter it does not imply the predicate
    index('memories_strong')
      .on(t.memoryStrength.desc().nullsFirst(), t.semanticCategory)
      .where(sql`${t.memoryStrength} > 0.7`)
      .concurrently(),
    index('memories_created_at').on(t.createdAt.desc().nullsFirst()).concurrently(),
    index('memories_unsealed')
      .on(t.tenantId, t.userId, t.messageId)
      .where(sql`embedding IS NOT NULL OR life IS NOT NULL`)
      .concurrently(),
  ],
);

/** What of a person is no message: palaces, trails, consents, the audit log, decisions … as the object hands it over. */
export const records = pgTable(
  'records',
  {
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    kind: text('kind').notNull(),
    id: text('id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(), // grows with each change
    body: jsonb('body').$type<Record<string, unknown>>(), // null where sealed
    sealed: bytea('sealed'),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.userId, t.kind, t.id] }),
    check('records_sealed_or_plain', sql`num_nonnulls(body, sealed) = 1`),
    index('records_audit').on(t.tenantId, t.updatedAt).where(sql`kind = 'audit'`).concurrently(), // as messages_accepted_at
    index('records_unsealed').on(t.tenantId, t.userId, t.kind, t.id).where(sql`sealed IS NULL`).concurrently(),
  ],
);

/** Tombstones: that someone was erased, and how much. Nothing tells who it was without the service's secret. */
export const erasures = pgTable(
  'erasures',
  {
    receiptId: text('receipt_id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    personHash: text('person_hash').notNull(),
    requestedAt: instant('requested_at').notNull(),
    erasedAt: instant('erased_at').notNull(),
    counts: jsonb('counts').$type<Record<string, number>>().notNull(),
  },
  (t) => [index('erasures_person').on(t.tenantId, t.personHash, t.erasedAt)],
);
