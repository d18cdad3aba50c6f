import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Server, startServer } from '../../scripts/server.ts';
import { clientOf, type ServerClient } from '../e2e/server-client.ts';

/** What a drill plays on. */
export interface Stage {
  server: Server;
  client: ServerClient;
  stateDir: string;
}

interface StageOptions {
  /** default: a new one, removed at the end */
  stateDir?: string;
  /** parts fail when told to, see faults/worker.ts */
  faulty?: boolean;
  vars?: Record<string, string>;
}

/** Starts a server of its own for a drill, and ends it. */
export async function onStage<T>(options: StageOptions, play: (stage: Stage) => Promise<T>): Promise<T> {
  const stateDir = options.stateDir ?? mkdtempSync(path.join(tmpdir(), 'palimpsest-drill-'));
  const configFolder = mkdtempSync(path.join(tmpdir(), 'palimpsest-config-'));
  const configPath = options.faulty ? faultyConfig(configFolder) : null;
  try {
    const server = await startServer({
      stateDir,
      quiet: true,
      ...(configPath === null ? {} : { configPath }),
      ...(options.vars ? { vars: options.vars } : {}),
    });
    try {
      return await play({ server, client: clientOf(server), stateDir });
    } finally {
      await server.stop();
    }
  } finally {
    if (options.stateDir === undefined) rmSync(stateDir, { recursive: true, force: true });
    rmSync(configFolder, { recursive: true, force: true });
  }
}

/** The repository's own configuration, with another entry; where it lies, its paths must be absolute. */
function faultyConfig(folder: string): string {
  const root = path.join(import.meta.dirname, '../..');
  const text = readFileSync(path.join(root, 'wrangler.toml'), 'utf8')
    .replace('main = "src/index.ts"', `main = "${path.join(import.meta.dirname, 'faults/worker.ts')}"`)
    .replace('directory = ".build/assets"', `directory = "${path.join(root, '.build/assets')}"`);
  const file = path.join(folder, 'wrangler.toml');
  writeFileSync(file, text);
  return file;
}
