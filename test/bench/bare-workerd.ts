import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { convertV4MiniflareOptions, type Request as DevRequest, Response as DevResponse, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import quietEnv from '../../scripts/quiet-env.json' with { type: 'json' };
import { hashKey, newApiKey } from '../../src/auth/api-key.ts';
import { insertKey } from '../../src/persistence/api-keys.ts';
import { openDb } from '../../src/persistence/db.ts';
import { startServices } from '../helpers/services.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const CONFIG = path.join(ROOT, 'wrangler.toml');
const WRANGLER = path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const ASSETS = path.join(ROOT, '.build/assets');
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
    const files = bundle(folder);
    const services = await startServices();
    cleanup.push(services.stop);
    const vars = { DATABASE_URL: services.databaseUrl, NEON_LOCAL_PROXY: services.neonProxy };
    const key = await storedKey(vars);
    const workers = [productOptions(files, vars), floorOptions(bytes)];
    const runtime = new Miniflare(convertV4MiniflareOptions({ workers }));
    cleanup.push(() => runtime.dispose());
    const product = await runtime.unsafeGetDirectURL('palimpsest');
    return { product, floor: await runtime.unsafeGetDirectURL('floor'), key, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @returns the files of the bundle */
function bundle(folder: string): string[] {
  const args = [WRANGLER, 'deploy', '--dry-run', '--config', CONFIG, '--outdir', folder];
  const done = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...quietEnv, CI: '1' } });
  if (done.status !== 0) throw new Error(`The Worker does not build:\n${done.stderr}`);
  return readdirSync(folder).map((file) => path.join(folder, file));
}

function productOptions(files: readonly string[], vars: Record<string, string>) {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(CONFIG);
  const main = files.filter((file) => file.endsWith('.js')).map((file) => ({ type: 'ESModule' as const, path: file }));
  const wasm = files
    .filter((file) => file.endsWith('.wasm'))
    .map((file) => ({ type: 'CompiledWasm' as const, path: file }));
  return {
    ...workerOptions,
    name: 'palimpsest',
    modules: [...main, ...wasm],
    modulesRoot: path.dirname(files[0]!),
    bindings: { ...Object(workerOptions.bindings), ...vars },
    // a binding only: where assets are configured, a router stands before the Worker
    assets: undefined,
    serviceBindings: { ...Object(workerOptions.serviceBindings), ASSETS: serveAsset },
    unsafeDirectSockets: SOCKET,
  };
}

const serveAsset = (request: DevRequest): DevResponse =>
  new DevResponse(readFileSync(path.join(ASSETS, new URL(request.url).pathname)));

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
