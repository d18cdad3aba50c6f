import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Request as DevRequest, Response as DevResponse } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import quietEnv from '../../scripts/quiet-env.json' with { type: 'json' };

const ROOT = path.join(import.meta.dirname, '../..');
const WRANGLER = path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const ASSETS = path.join(ROOT, '.build/assets');
const SOCKET = [{ host: '127.0.0.1', port: 0 }];

/** The configuration of the product. */
export const PRODUCT_CONFIG = path.join(ROOT, 'wrangler.toml');

/** Builds the bundle that would be deployed; of `entry` in place of the configured file, if given. @returns its files, in `folder` */
export function bundle(config: string, folder: string, entry?: string): string[] {
  const args = [WRANGLER, 'deploy', ...(entry ? [entry] : []), '--dry-run', '--config', config, '--outdir', folder];
  const done = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...quietEnv, CI: '1' } });
  if (done.status !== 0) throw new Error(`The Worker does not build:\n${done.stderr}`);
  return filesIn(folder);
}

/** The files of a bundle that was built before. */
export const filesIn = (folder: string) => readdirSync(folder).map((file) => path.join(folder, file));

/** What Miniflare needs to serve a bundle with nothing before it: no proxy of wrangler's, no router of assets. */
export function deployedOptions(config: string, name: string, files: readonly string[], vars: Record<string, string>) {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
  const main = files.filter((file) => file.endsWith('.js')).map((file) => ({ type: 'ESModule' as const, path: file }));
  const wasm = files
    .filter((file) => file.endsWith('.wasm'))
    .map((file) => ({ type: 'CompiledWasm' as const, path: file }));
  return {
    ...workerOptions,
    name,
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
