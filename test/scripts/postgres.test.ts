import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../scripts/postgres.ts';
import { isRunning, processTree } from '../helpers/processes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-postgres-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const PASSWORD = 'secret';

async function query(postgres: Postgres, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgres.url() });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

it('keeps its data over a stop and a start', async () => {
  const dataDir = path.join(folder, 'kept');
  const first = await startPostgres({ dataDir, password: PASSWORD });
  await query(first, 'CREATE TABLE t AS SELECT 1 AS n');
  await first.stop();
  const second = await startPostgres({ dataDir, password: PASSWORD });
  try {
    expect(await query(second, 'SELECT n FROM t')).toEqual([{ n: 1 }]);
  } finally {
    await second.stop();
  }
});

it('starts over a lock file whose process is another by now', async () => {
  const dataDir = path.join(folder, 'kept');
  writeFileSync(path.join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
  const postgres = await startPostgres({ dataDir, password: PASSWORD });
  await postgres.stop();
});

it('makes the cluster anew when making it was cut short', async () => {
  const dataDir = path.join(folder, 'cut-short');
  mkdirSync(`${dataDir}.partial/base`, { recursive: true });
  const postgres = await startPostgres({ dataDir, password: PASSWORD });
  await postgres.stop();
  expect(existsSync(`${dataDir}.partial`)).toBe(false);
});

it('refuses a folder that is no cluster, and leaves it as it is', async () => {
  const dataDir = path.join(folder, 'foreign');
  mkdirSync(dataDir);
  writeFileSync(path.join(dataDir, 'thesis.txt'), 'years of work');
  await expect(startPostgres({ dataDir, password: PASSWORD })).rejects.toThrow(
    /damaged \(PG_VERSION is missing\); "npm run reset"/,
  );
  expect(readFileSync(path.join(dataDir, 'thesis.txt'), 'utf8')).toBe('years of work');
});

it('says so when the password is not the one the cluster was made with', async () => {
  const dataDir = path.join(folder, 'kept');
  await expect(startPostgres({ dataDir, password: 'other' })).rejects.toThrow(/password is not the stored one/);
});

it('leaves nothing of a temporary cluster', async () => {
  const postgres = await startPostgres();
  const [row] = (await query(postgres, 'SHOW data_directory')) as { data_directory: string }[];
  expect(existsSync(row!.data_directory)).toBe(true);
  await postgres.stop();
  expect(existsSync(row!.data_directory)).toBe(false);
});

it.skipIf(process.platform !== 'linux')('ends when the process that started it is killed', async () => {
  const script = path.join(import.meta.dirname, '../../scripts/test-services.ts');
  const launcher = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((resolve) => createInterface({ input: launcher.stdout }).once('line', resolve));
  const tree = processTree(launcher.pid!);
  expect(tree.some((found) => found.command.includes('bin/postgres'))).toBe(true);
  launcher.kill('SIGKILL');
  await expect.poll(() => tree.filter((found) => isRunning(found.pid)), { timeout: 15_000 }).toEqual([]);
});

const isRoot = process.getuid?.() === 0;
it.skipIf(!isRoot)('runs as root where user namespaces are forbidden, as the user nobody', async () => {
  process.env.PALIMPSEST_NO_USERNS = '1';
  try {
    const postgres = await startPostgres();
    expect(processTree(postgres.pid)).not.toEqual([]);
    expect(spawnSync('stat', ['-c', '%u', `/proc/${postgres.pid}`], { encoding: 'utf8' }).stdout).toBe('65534\n');
    await postgres.stop();
  } finally {
    delete process.env.PALIMPSEST_NO_USERNS;
  }
});
