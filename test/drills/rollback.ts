import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { migrateDown, migrateNamed, migrateUp } from '../../scripts/migrate.ts';
import { type NeonProxy, startNeonProxy } from '../../scripts/neon-proxy.ts';
import { freePort, type Postgres, startPostgres } from '../../scripts/postgres.ts';
import { UserError } from '../../scripts/user-error.ts';
import { startWorker, type Worker } from '../../scripts/wrangler-dev.ts';
import { hashKey, newApiKey } from '../../src/auth/api-key.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from '../bench/report.ts';
import { clientOf, type ServerClient } from '../e2e/server-client.ts';
import { drained } from './equal.ts';
import { Load, verdict } from './load.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const JOURNAL = 'drizzle/migrations/meta/_journal.json';
const USERS = ['kim', 'lou', 'max'];
/** Long enough for what is gathered to reach Postgres. */
const PHASE_MS = 15_000;
/** A rollback is allowed this long. */
const MOST_ROLLBACK_MS = 300_000;

/**
 * `npm run drill -- rollback [--from REF | --tree FOLDER] [--seed N]`: the way to a new release and back, under load and
 * with data. The schema goes up while the older release serves; the new release takes over; the older one takes over
 * again from the new one's state, what is sealed is made plain, and the schema goes down while it serves. Nothing that was
 * acknowledged may be lost on the way, and what the older release shows of it at the end must be what it showed.
 *
 * @returns what went wrong, a line each
 * @throws UserError where there is no older release to go back to
 */
export async function rollback(args: readonly string[], report: Report): Promise<string[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { from: { type: 'string' }, tree: { type: 'string' }, seed: { type: 'string', default: '20261122' } },
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-rollback-'));
  try {
    const older = values.tree ? path.resolve(values.tree) : olderRelease(values.from, path.join(folder, 'older'));
    const count = tagsOf(ROOT).length - tagsOf(older).length;
    console.error(`rollback: the newer release has ${count} migrations more`);
    const stack = await Stack.start(path.join(folder, 'state'), older);
    try {
      return await rehearse(stack, older, count, seeded(Number(values.seed)), report);
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rehearse(stack: Stack, older: string, count: number, random: () => number, report: Report) {
  const { client } = stack;
  const wrong: string[] = [];
  const took = async (metric: string, work: () => Promise<unknown>) => {
    console.error(`rollback: ${metric}`);
    const begun = performance.now();
    await work();
    const ms = performance.now() - begun;
    report({ metric, value: Math.round(ms), unit: 'ms', n: 1 });
    return ms;
  };
  await stack.serve(older);
  const load = new Load({ client, users: USERS, senders: 3, mostBatch: 8, pauseMs: 100, random });
  await populate(client);
  await sleep(PHASE_MS);
  const before = await shown(client);
  let begun = performance.now();
  await took('up/schema', () => migrateUp(stack.databaseUrl));
  await sleep(PHASE_MS);
  const expanded = load.report('older-on-newer-schema', begun, report);
  if (expanded.refused + expanded.failed > 0) wrong.push('the older release refused messages on the newer schema');
  await took('up/worker', () => stack.serve(ROOT));
  await sleep(PHASE_MS);
  wrong.push(...different('the newer release', before, await shown(client)));

  begun = performance.now();
  let minutes = await took('back/worker', () => stack.serve(older));
  minutes += await took('back/unseal', () => stack.unseal());
  minutes += await took('back/schema', () => migrateDown(stack.databaseUrl, count));
  await sleep(PHASE_MS);
  load.report('back', begun, report);
  report({ metric: 'back/all', value: Math.round(minutes), unit: 'ms', n: 1, baseline: MOST_ROLLBACK_MS });
  if (minutes > MOST_ROLLBACK_MS) wrong.push(`the way back took ${Math.round(minutes / 1_000)} s`);
  await load.stop();
  await drained(client, USERS);
  wrong.push(...different('the older release, back again,', before, await shown(client)));
  wrong.push(...(await verdict(client, load, report)));
  await took('restored', async () => {
    await stack.loseObjects(older);
    wrong.push(...(await verdict(client, load, () => {})).map((line) => `restored from Postgres: ${line}`));
  });
  return [...new Set([...load.wrong, ...wrong])];
}

/** The code before the newest migrations: the last commit whose journal is shorter, or the one that is named. */
function olderRelease(ref: string | undefined, into: string): string {
  const commit = ref ?? lastShorter();
  mkdirSync(into, { recursive: true });
  const archive = spawnSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 2 ** 30 });
  const unpacked = spawnSync('tar', ['-x', '-C', into], { input: archive.stdout });
  if (archive.status !== 0 || unpacked.status !== 0) {
    throw new UserError(`git has no ${commit}; name another commit with --from, or a folder with --tree.`);
  }
  console.error(`rollback: the older release is ${git('log', '-1', '--format=%h %s', commit)}`);
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(into, 'node_modules'));
  cpSync(path.join(ROOT, '.build'), path.join(into, '.build'), { recursive: true });
  const built = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: into, encoding: 'utf8' });
  if (built.status !== 0) throw new UserError(`the older release does not build: ${built.stderr.trim()}`);
  return into;
}

function lastShorter(): string {
  const now = tagsOf(ROOT).length;
  const commits = git('log', '--format=%H', '--', JOURNAL).split('\n').filter(Boolean);
  for (const commit of ['HEAD', ...commits.map((hash) => `${hash}^`)]) {
    const text = git('show', `${commit}:${JOURNAL}`);
    if (text !== '' && (JSON.parse(text) as { entries: unknown[] }).entries.length < now) return commit;
  }
  throw new UserError('there is no older release in this history; name a commit with --from, or a folder with --tree.');
}

const git = (...args: string[]): string => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout?.trim() ?? '';

const tagsOf = (tree: string): string[] =>
  (JSON.parse(readFileSync(path.join(tree, JOURNAL), 'utf8')) as { entries: { tag: string }[] }).entries.map(
    ({ tag }) => tag,
  );

/** Postgres, its proxy, and one release of the Worker at a time, all on one state. */
class Stack {
  readonly databaseUrl: string;
  readonly client: ServerClient;
  private readonly stateDir: string;
  private readonly port: number;
  private readonly vars: Record<string, string>;
  private readonly parts: { postgres: Postgres; proxy: NeonProxy };
  private worker: Worker | null = null;

  private constructor(
    stateDir: string,
    port: number,
    databaseUrl: string,
    key: string,
    parts: { postgres: Postgres; proxy: NeonProxy },
  ) {
    const random = () => randomBytes(32).toString('hex');
    this.stateDir = stateDir;
    this.port = port;
    this.databaseUrl = databaseUrl;
    this.parts = parts;
    this.client = clientOf({ url: `http://127.0.0.1:${port}`, key });
    this.vars = {
      DATABASE_URL: databaseUrl,
      NEON_LOCAL_PROXY: parts.proxy.address,
      SERVICE_SECRET: random(),
      TICKET_KEYS: `drill:${random()}`,
      ENCRYPTION_KEYS: `drill:${random()}`,
    };
  }

  /** With the schema of an older release, and a key. */
  static async start(stateDir: string, older: string): Promise<Stack> {
    mkdirSync(stateDir, { recursive: true });
    const postgres = await startPostgres({ dataDir: path.join(stateDir, 'postgres'), password: 'drill' });
    const proxy = await startNeonProxy(postgres.port);
    const { key, prefix } = newApiKey();
    const databaseUrl = await migrateNamed(postgres.url(), 'palimpsest', { folder: path.join(older, 'drizzle') });
    const { insertKey } = (await import(
      path.join(older, 'src/persistence/api-keys.ts')
    )) as typeof import('../../src/persistence/api-keys.ts');
    const { openDb } = (await import(
      path.join(older, 'src/persistence/db.ts')
    )) as typeof import('../../src/persistence/db.ts');
    await insertKey(
      openDb({ DATABASE_URL: databaseUrl, NEON_LOCAL_PROXY: proxy.address }),
      {
        ...{ id: prefix, tenantId: 'drill', name: 'drill', hash: hashKey(key), prefix, userId: null, expiresAt: null },
        ...{ scopes: ['ingest', 'read', 'profile', 'admin'], ratePerMinute: 600_000 },
      },
      'Drill',
    );
    return new Stack(stateDir, await freePort(), databaseUrl, key, { postgres, proxy });
  }

  /** Puts a release in place of the one that serves; what is under way is cut off. */
  async serve(tree: string): Promise<void> {
    await this.worker?.stop();
    this.worker = await startWorker({
      ...{ configPath: path.join(tree, 'wrangler.toml'), stateDir: this.stateDir, host: '127.0.0.1', port: this.port },
      ...{ vars: this.vars, output: process.env.DEBUG ? 'worker' : 'quiet' },
    });
  }

  /** Makes plain in Postgres what the newer release has sealed: the older one cannot read it. */
  async unseal(): Promise<void> {
    const script = path.join(ROOT, 'scripts/keys.ts');
    if (!existsSync(script)) return;
    // not spawnSync: it asks through the proxy, which is in this process
    const child = spawn(process.execPath, [script, 'unseal'], {
      cwd: ROOT,
      env: { ...process.env, ...this.vars },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`unseal ended with ${code}`);
  }

  /** Deletes the storage of every object while nothing serves. */
  async loseObjects(tree: string): Promise<void> {
    await this.worker?.stop();
    const objects = path.join(this.stateDir, 'worker/v3/do/palimpsest-UserMemory');
    for (const file of readdirSync(objects)) rmSync(path.join(objects, file));
    await this.serve(tree);
    await Promise.all(USERS.map((user) => this.whole(user)));
  }

  async stop(): Promise<void> {
    await this.worker?.stop();
    await this.parts.proxy.stop();
    await this.parts.postgres.stop();
  }

  /** Waits until a user has come back from Postgres: a long history is not back within one request. */
  private async whole(user: string): Promise<void> {
    for (let tries = 0; tries < 60; tries++) {
      const answer = await this.client.send('GET', `/users/${user}/messages?limit=1`);
      await answer.text();
      if (answer.ok) return;
      await sleep(1_000);
    }
  }
}

/** Something of each kind that any release knows. */
async function populate(client: ServerClient): Promise<void> {
  for (const user of USERS) {
    const contents = [
      'The heron came back to the pond.',
      'I start the pottery course in Porto.',
      'No walnuts, please.',
    ];
    const messages = contents.map((content, i) => ({ content, message_id: `first-${i}` }));
    await client.send('POST', '/messages?wait=true', { user_id: user, messages });
    await client.send('PUT', `/users/${user}/consent`, { style: true, emotion: true });
    await client.send('POST', `/users/${user}/trails`, { name: 'A walk', stops: [{ memory_id: 'first-0' }] });
  }
}

/** What the API shows of everybody that the load leaves alone, by route. */
async function shown(client: ServerClient): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const user of USERS) {
    for (const route of ['/messages/first-0', '/messages/first-1', '/messages/first-2', '/consent', '/trails']) {
      found[`${user}${route}`] = await (await client.send('GET', `/users/${user}${route}`)).json();
    }
  }
  return found;
}

/** A newer release may show more. */
function different(who: string, before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  return Object.keys(before)
    .filter((route) => !isDeepStrictEqual(before[route], common(after[route], before[route])))
    .map((route) => `${who} shows something else at ${route}: ${JSON.stringify(after[route]).slice(0, 300)}`);
}

/** As much of a value as another has fields for. */
function common(value: unknown, like: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(like)) return value.map((item, i) => common(item, like[i]));
  if (typeof value !== 'object' || value === null || typeof like !== 'object' || like === null) return value;
  const [whole, part] = [value as Record<string, unknown>, like as Record<string, unknown>];
  return Object.fromEntries(Object.keys(part).map((name) => [name, common(whole[name], part[name])]));
}
