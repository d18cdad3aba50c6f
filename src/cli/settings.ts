import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PalimpsestClient } from '../sdk/client.ts';
import { type Io, UsageError } from './io.ts';

export interface ConnectionOptions {
  url?: string;
  key?: string;
}

export const DEFAULT_URL = 'http://127.0.0.1:8000';
const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The folder in which a checkout keeps its state; an installed package has none. `PALIMPSEST_STATE` overrides it, as for `npm start`. */
function stateFolder(env: Io['env']): string | undefined {
  if (env.PALIMPSEST_STATE) return path.resolve(env.PALIMPSEST_STATE);
  const root = fileURLToPath(new URL('../..', import.meta.url).href);
  return root.split(path.sep).includes('node_modules') ? undefined : path.join(root, '.palimpsest');
}

/** Where interrupted imports are remembered. */
export function importsFolder(env: Io['env']): string {
  const folder = stateFolder(env);
  if (folder !== undefined) return path.join(folder, 'imports');
  return path.join(env.XDG_STATE_HOME || path.join(homedir(), '.local', 'state'), 'palimpsest', 'imports');
}

/** The service's address: the option, else `PALIMPSEST_URL`, else the local server. @throws UsageError */
export function addressOf(options: ConnectionOptions, env: Io['env']): URL {
  const text = options.url ?? env.PALIMPSEST_URL ?? DEFAULT_URL;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new UsageError(`"${text}" is not an http(s) address.`);
  return url;
}

/** The key: the option, else `PALIMPSEST_KEY`, else for a local address the one that `npm start` made. */
export function keyOf(options: ConnectionOptions, url: URL, env: Io['env']): string | undefined {
  const given = options.key ?? env.PALIMPSEST_KEY;
  const folder = stateFolder(env);
  if (given || folder === undefined || !LOCAL.has(url.hostname)) return given || undefined;
  try {
    return readFileSync(path.join(folder, 'dev-key'), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** @throws UsageError if the address is none or no key is known */
export function connect(options: ConnectionOptions, io: Io): PalimpsestClient {
  const url = addressOf(options, io.env);
  const key = keyOf(options, url, io.env);
  if (key === undefined)
    throw new UsageError('No API key: give --key or PALIMPSEST_KEY, or start the local server first.');
  return new PalimpsestClient({ url: url.href, key });
}

/** For what needs no key. */
export function connectWithoutKey(options: ConnectionOptions, io: Io): PalimpsestClient {
  return new PalimpsestClient({ url: addressOf(options, io.env).href });
}
