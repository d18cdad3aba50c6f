// `npm run keys -- COMMAND`: what an operator does with API keys, the keys of ENCRYPTION_KEYS and the rows in DATABASE_URL,
// while the service runs. Each but `new` may be cut short and run again.
import { openDb } from '../src/persistence/db.ts';
import { openSealedDb } from '../src/persistence/sealed-db.ts';
import { parseKeyRing } from '../src/persistence/sealing/key-ring.ts';
import { rewrapAll, rotateDataKey, sealAll, sealingState, unsealAll } from '../src/persistence/sealing/rekey.ts';
import { AppError } from '../src/shared/errors.ts';
import { startNeonProxy } from './neon-proxy.ts';
import { newKey } from './new-key.ts';
import { runCommand, UserError } from './user-error.ts';

const USAGE = `usage: npm run keys -- COMMAND, with DATABASE_URL set, and but for "new" ENCRYPTION_KEYS
  new TENANT NAME [SCOPE …]
                        make an API key, and its tenant where that is new; the key is printed this once. Default: all scopes
  status                what is not encrypted yet, and which secrets wrap how many data keys
  seal                  encrypt rows from before there was encryption
  rewrap                wrap all data keys under the first secret, so that the others can be dropped
  rotate TENANT USER    give a user a new data key, and encrypt everything with it
  unseal                decrypt everything, before a release that knows no encryption is put back`;

await runCommand(async () => {
  const [command = '', tenantId, userId] = process.argv.slice(2);
  const { DATABASE_URL, ENCRYPTION_KEYS = '' } = process.env;
  if (!DATABASE_URL) throw new UserError('set DATABASE_URL to the database.');
  if (command === 'new') return makeKey(DATABASE_URL);
  const ring = parseKeyRing(ENCRYPTION_KEYS);
  if (!ring) throw new UserError('set ENCRYPTION_KEYS as the service has it: "name:secret", the newest first.');
  const { address, stop } = await proxyFor(DATABASE_URL);
  const store = openSealedDb({ DATABASE_URL, NEON_LOCAL_PROXY: address, ENCRYPTION_KEYS });
  try {
    if (command === 'status') return console.log(JSON.stringify(await sealingState(store.db)));
    if (command === 'rewrap') {
      const { rewrapped, failed } = await rewrapAll(store.db, ring);
      console.log(`${rewrapped} data keys wrapped under "${ring.current}"`);
      if (failed > 0) throw new UserError(`${failed} data keys cannot be unwrapped: their secret is missing here.`);
      return;
    }
    const rewritten = await rowsOf(command, tenantId, userId);
    if (rewritten === null) throw new UserError('this user has no data key.');
    console.log(`${rewritten.rows} rows written anew`);
    if (rewritten.unreadable > 0)
      throw new UserError(`${rewritten.unreadable} rows cannot be read and stay as they are.`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new UserError('a data key cannot be unwrapped: its secret is missing in ENCRYPTION_KEYS, or is another one.');
  } finally {
    await stop();
  }

  function rowsOf(name: string, tenant?: string, user?: string) {
    if (name === 'seal') return sealAll(store);
    if (name === 'unseal') return unsealAll(store);
    if (name === 'rotate' && tenant && user) return rotateDataKey(store, { tenantId: tenant, userId: user });
    throw new UserError(USAGE);
  }
});

async function makeKey(databaseUrl: string): Promise<void> {
  const [tenant, name, ...scopes] = process.argv.slice(3);
  if (tenant === undefined || name === undefined) throw new UserError(USAGE);
  const { address, stop } = await proxyFor(databaseUrl);
  try {
    const db = openDb({ DATABASE_URL: databaseUrl, NEON_LOCAL_PROXY: address });
    console.log(await newKey(db, tenant, name, scopes));
  } finally {
    await stop();
  }
}

/** The driver speaks Neon's protocol; a Postgres on this machine needs the proxy before it. */
async function proxyFor(databaseUrl: string): Promise<{ address: string; stop(): Promise<void> }> {
  const { hostname, port } = new URL(databaseUrl);
  if (!['localhost', '127.0.0.1'].includes(hostname)) return { address: '', stop: async () => {} };
  return startNeonProxy(Number(port || 5432));
}
