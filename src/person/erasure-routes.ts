import { createRoute, z } from '@hono/zod-openapi';
import type { Owner, Principal } from '../auth/contract.ts';
import { askingOf, ownerFor, requireScope } from '../auth/middleware.ts';
import { personHash } from '../auth/service-secret.ts';
import { countInKv } from '../cache/forget.ts';
import type { Env } from '../env.ts';
import { bearer, json, problems, UserPath } from '../http/contract.ts';
import type { Asking } from '../http/mirror-port.ts';
import { endLife, withPerson } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { UserId } from '../messages/contract.ts';
import { openDb } from '../persistence/db.ts';
import { findTombstone, rowsBefore, type Tombstone } from '../persistence/erasures.ts';
import { deleteMessages, pageMessages } from '../persistence/messages.ts';
import { deleteRecords, pageRecords } from '../persistence/records.ts';
import { openSealedDb } from '../persistence/sealed-db.ts';
import { AppError, unwrap } from '../shared/errors.ts';
import { log } from '../shared/log.ts';
import { ErasureProof, ErasureReceipt, Reconciliation } from './erasure/contract.ts';
import { receiptOf, signed } from './erasure/receipt.ts';
import { compare } from './reconcile.ts';
import { RECORD_KINDS } from './record-kinds.ts';

const describe = { tags: ['person'], security: bearer, 'x-scope': 'admin' };

const prove = createRoute({
  ...describe,
  method: 'get',
  path: '/erasures/{receipt_id}',
  summary: 'The receipt of an erasure, and whether its promise holds',
  description:
    'A receipt does not tell who was erased. Name the user to have it checked, now, that nothing from before is held.',
  request: {
    params: z.object({
      // printable: Postgres takes no NUL in a text, and says so with an error
      receipt_id: z.string().regex(/^[\x21-\x7e]{1,64}$/),
    }),
    query: z.object({ user_id: UserId.optional() }),
  },
  responses: { 200: json(ErasureProof, 'The receipt and what was found.'), ...problems },
});
const reconcile = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/reconcile',
  summary: 'Prove that object and database hold the same of a user, and mend what differs',
  request: { params: UserPath },
  responses: { 200: json(Reconciliation, 'Counts and checksums of both sides.'), ...problems },
});
const erase = createRoute({
  ...describe,
  method: 'delete',
  path: '/users/{user_id}',
  summary: 'Erase a user: everything that is held of them, everywhere',
  description:
    'What is erased does not come back; a user of the same name may begin anew. Asking again answers the same receipt.',
  request: { params: UserPath },
  responses: {
    200: json(ErasureReceipt, 'Erased, with a signed receipt.'),
    202: json(ErasureReceipt, 'Erased here; the database does not answer and hears of it as soon as it does.'),
    ...problems,
  },
});

/** HTTP face of the right to be forgotten, and of the proof that both stores agree. */
export const erasureRoutes = newRouter()
  .openapi(prove, async (c) => {
    const { receipt_id } = c.req.valid('param');
    const owner = subjectOf(c.var.principal, c.req.valid('query').user_id);
    return c.json(await proofOf(c.env, owner, askingOf(c), c.var.principal.tenantId, receipt_id), 200);
  })
  .openapi(reconcile, async (c) => {
    const owner = ownerFor(c.var.principal, 'admin', c.req.valid('param').user_id);
    return c.json(await reconciled(c.env, owner, askingOf(c)), 200);
  })
  .openapi(erase, async (c) => {
    const owner = ownerFor(c.var.principal, 'admin', c.req.valid('param').user_id);
    const receipt = unwrap(await withPerson(c.env, owner, askingOf(c), (person) => person.erase()));
    await endLife(c.env, owner);
    return c.json(receipt, receipt.status === 'completed' ? 200 : 202);
  });

const NO_RECEIPT = 'No such receipt.';

/** Whom a request names; a key that is bound to a person names that one. Null: nobody. */
function subjectOf(principal: Principal, userId: string | undefined): Owner | null {
  requireScope(principal, 'admin');
  const named = userId ?? principal.userId;
  if (named === null) return null;
  if (principal.userId !== null && principal.userId !== named) throw new AppError('not_found', NO_RECEIPT);
  return { tenantId: principal.tenantId, userId: named };
}

async function proofOf(
  env: Env,
  owner: Owner | null,
  asking: Asking,
  tenantId: string,
  receiptId: string,
): Promise<ErasureProof> {
  const secret = env.SERVICE_SECRET;
  if (secret === '') throw new AppError('unavailable', 'SERVICE_SECRET is not set, so nothing can be signed.');
  const tombstone = await tombstoneOf(env, tenantId, receiptId);
  if (owner && tombstone && tombstone.personHash !== (await personHash(secret, owner))) {
    throw new AppError('not_found', NO_RECEIPT);
  }
  const here = owner && (await remains(env, owner, asking, receiptId, tombstone));
  // one that waits at the object is not done yet, though Postgres may have had its part
  const receipt = here?.receipt ?? (tombstone && (await receiptOf(tombstone, secret)));
  if (!receipt) throw new AppError('not_found', NO_RECEIPT);
  const found = Object.values(here?.remaining ?? {});
  const absent = here === null || here.receipt || !tombstone ? null : found.every((count) => count === 0);
  const checked_at = new Date().toISOString();
  return signed({ receipt, absent, checked_at, remaining: here?.remaining ?? {} }, secret);
}

async function tombstoneOf(env: Env, tenantId: string, receiptId: string): Promise<Tombstone | null> {
  try {
    return await findTombstone(openDb(env), tenantId, receiptId);
  } catch (error) {
    log.error('receipts cannot be read', { error });
    throw new AppError('unavailable', 'Receipts cannot be read right now.', { retryAfterSeconds: 5 });
  }
}

/** Looks for what is left from before an erasure, wherever something might be. */
async function remains(env: Env, owner: Owner, asking: Asking, receiptId: string, tombstone: Tombstone | null) {
  const at = tombstone?.erasedAt ?? 0;
  const { receipt, held } = await withPerson(env, owner, asking, (person) => person.whatRemains(receiptId, at));
  if (!tombstone) return { receipt, remaining: {} };
  const rows = await rowsBefore(openDb(env), owner, at);
  const isAnew = Object.keys(rows).length > 0 && (await isKnownAgain(env, owner, asking));
  // what KV holds of a later life cannot be told from that of an earlier one
  const cached = isAnew ? 0 : await countInKv(env.KV, JSON.stringify([owner.tenantId, owner.userId]));
  return { receipt, remaining: { object: held, cached, ...rows } };
}

const isKnownAgain = async (env: Env, owner: Owner, asking: Asking): Promise<boolean> =>
  (await withPerson(env, owner, asking, (person) => person.messagesAfter(0, 1))).ok;

async function reconciled(env: Env, owner: Owner, asking: Asking): Promise<Reconciliation> {
  const store = openSealedDb(env);
  const { db } = store;
  const { tenantId, userId } = owner;
  return withPerson(env, owner, asking, async (person) => {
    unwrap(await person.takeBackAgain());
    const differences = await compare({
      kinds: RECORD_KINDS,
      object: {
        messages: async (row, limit) => unwrap(await person.messagesAfter(row, limit)),
        records: async (kind, after, limit) => unwrap(await person.recordsAfter(kind, after, limit)),
      },
      postgres: {
        messages: (after, limit) => pageMessages(store, owner, after, limit),
        records: (kind, after, limit) => pageRecords(store, owner, kind, after, limit),
      },
    });
    const { messages, records, surplusMessages, surplusRecords, unreadable, bornAt, unsaved } = differences;
    const life = { tenantId, userId, bornAt, personHash: await personHash(env.SERVICE_SECRET || 'none', owner) };
    for (let at = 0; at < surplusMessages.length; at += 500) {
      await deleteMessages(db, life, surplusMessages.slice(at, at + 500));
    }
    for (const kind of RECORD_KINDS) {
      const ids = surplusRecords.flatMap((record) => (record.kind === kind ? [record.id] : []));
      await deleteRecords(db, owner, kind, ids);
    }
    const sentAgain = messages.length + records.length;
    if (sentAgain > 0)
      await person.sendAgain(
        messages.map(({ seq }) => ({ seq })),
        records,
      );
    const removed = surplusMessages.length + surplusRecords.length;
    return {
      equal: sentAgain + removed + unreadable === 0,
      unsaved,
      sent_again: sentAgain,
      removed,
      unreadable,
      parts: differences.comparisons.map(({ name, object, postgres }) => ({
        name,
        object: { count: object.count, checksum: object.sum.toString(16).padStart(16, '0') },
        postgres: { count: postgres.count, checksum: postgres.sum.toString(16).padStart(16, '0') },
      })),
    };
  });
}
