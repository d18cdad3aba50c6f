import { z } from 'zod';
import { hashKey, newApiKey } from '../src/auth/api-key.ts';
import { Scope } from '../src/auth/contract.ts';
import { NewKeyBody } from '../src/auth/keys/contract.ts';
import { insertKey } from '../src/persistence/api-keys.ts';
import type { Db } from '../src/persistence/db.ts';
import { newUlid } from '../src/shared/ids.ts';
import { UserError } from './user-error.ts';

const Asked = z.strictObject({
  tenant: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'up to 64 letters, digits, - and _'),
  name: NewKeyBody.shape.name,
  scopes: NewKeyBody.shape.scopes,
});
/** Postgres: undefined_table */
const NO_TABLE = '42P01';

/**
 * Makes an API key, and its tenant where that is new: `POST /keys` takes a key already, so a deployment's first one comes
 * from here.
 *
 * @param scopes none: every one
 * @returns the key, which is stored as a hash and never shown again
 * @throws UserError when something asked for is not valid, or Postgres has no tables yet
 */
export async function newKey(db: Db, tenant: string, name: string, scopes: readonly string[]): Promise<string> {
  const asked = Asked.safeParse({ tenant, name, scopes: scopes.length === 0 ? Scope.options : scopes });
  if (!asked.success) {
    throw new UserError(asked.error.issues.map(({ path, message }) => `${path.join(' ')}: ${message}`).join('; '));
  }
  const { key, prefix } = newApiKey();
  const record = {
    id: newUlid(Date.now()),
    tenantId: asked.data.tenant,
    name: asked.data.name,
    hash: hashKey(key),
    prefix,
    scopes: asked.data.scopes,
    userId: null,
    ratePerMinute: null,
    expiresAt: null,
  };
  try {
    await insertKey(db, record, asked.data.tenant);
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    if ((cause ?? (error as { code?: string })).code !== NO_TABLE) throw error;
    throw new UserError('this database has no tables yet: run "npm run migrate" first.');
  }
  return key;
}
