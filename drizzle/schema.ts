import { sql } from 'drizzle-orm';
import {
  bigint,
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
    conversationId: text('conversation_id').notNull(),
    role: text('role').notNull(),
    speaker: text('speaker'),
    content: text('content').notNull(),
    sentAt: instant('sent_at').notNull(),
    acceptedAt: instant('accepted_at').notNull(),
    metadata: jsonb('metadata').$type<Record<string, unknown>>(),
    keystrokes: jsonb('keystrokes').$type<Record<string, unknown>>(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.userId, t.id] }),
    unique('messages_natural_key').on(t.tenantId, t.userId, t.naturalKey),
    index('messages_seq').on(t.tenantId, t.userId, t.seq, t.id).concurrently(), // the order in which an object is restored
    // nullsFirst, as in every `ORDER BY … DESC` of a query: drizzle's plain desc() is NULLS LAST and would not match
    index('messages_sent_at').on(t.tenantId, t.userId, t.sentAt.desc().nullsFirst()).concurrently(),
  ],
);

/**
 * What was derived from a message. `message_id` is `messages.id`.
 * `embedding` holds one int8 a dimension; component = int8 * `embedding_scale`.
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
    life: jsonb('life').$type<StoredLife>(), // null until placed
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.userId, t.messageId] }),
    index('memories_position_3d').using('gist', t.position3d).concurrently(),
    // a query must spell `> 0.7` in its text: as a parameter it does not imply the predicate
    index('memories_strong')
      .on(t.memoryStrength.desc().nullsFirst(), t.semanticCategory)
      .where(sql`${t.memoryStrength} > 0.7`)
      .concurrently(),
    index('memories_created_at').on(t.createdAt.desc().nullsFirst()).concurrently(),
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
    body: jsonb('body').$type<Record<string, unknown>>().notNull(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.userId, t.kind, t.id] })],
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
