import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { hashKey, newApiKey } from '../../src/auth/api-key.ts';
import { insertKey } from '../../src/persistence/api-keys.ts';
import { openDb } from '../../src/persistence/db.ts';
import { bundle, deployedOptions, PRODUCT_CONFIG } from '../helpers/deployed.ts';
import { startServices } from '../helpers/services.ts';

const SOCKET = [{ host: '127.0.0.1', port: 0 }];
const MANY_A_MINUTE = 100_000_000;

/** The product in workerd, with nothing before it: no proxy of wrangler's, no router of assets. */
export interface BareWorkerd {
  product: URL;
  /** answers a body of `bytes` letters and does nothing else, in the same process */
  floor: URL;
  key: string;
  stop(): Promise<void>;
}

/** Starts the bundle that would be deployed, with a Postgres of its own. */
export async function startBareWorkerd(bytes: number): Promise<BareWorkerd> {
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-bare-'));
  const cleanup: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (let undo = cleanup.pop(); undo; undo = cleanup.pop()) await undo();
  };
  try {
    const files = bundle(PRODUCT_CONFIG, folder);
    const services = await startServices();
    cleanup.push(services.stop);
    const vars = {
      DATABASE_URL: services.databaseUrl,
      NEON_LOCAL_PROXY: services.neonProxy,
      ENCRYPTION_KEYS: `bench:${'b'.repeat(32)}`,
    };
    const key = await storedKey(vars);
    const workers = [deployedOptions(PRODUCT_CONFIG, 'palimpsest', files, vars), floorOptions(bytes)];
    const runtime = new Miniflare(convertV4MiniflareOptions({ workers }));
    cleanup.push(() => runtime.dispose());
    const product = await runtime.unsafeGetDirectURL('palimpsest');
    return { product, floor: await runtime.unsafeGetDirectURL('floor'), key, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const floorOptions = (bytes: number) => ({
  name: 'floor',
  compatibilityDate: '2026-10-23',
  modules: true,
  script: `
    const headers = { 'content-type': 'application/json' };
    const body = 'x'.repeat(${bytes});
    export default { async fetch(request) { await request.text(); return new Response(body, { headers }); } };`,
  unsafeDirectSockets: SOCKET,
});

async function storedKey(vars: { DATABASE_URL: string; NEON_LOCAL_PROXY: string }): Promise<string> {
  const { key, prefix } = newApiKey();
  const record = {
    id: prefix,
    tenantId: 'bench',
    name: 'bench',
    hash: hashKey(key),
    prefix,
    scopes: ['ingest', 'read'],
    userId: null,
    ratePerMinute: MANY_A_MINUTE,
    expiresAt: null,
  };
  await insertKey(openDb(vars), record, 'Bench');
  return key;
}
