import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import type { Report } from '../bench/report.ts';
import type { ServerClient } from '../e2e/server-client.ts';
import { type Asker, populate } from '../helpers/victim.ts';
import { drained, held, reconcile } from './equal.ts';
import { onStage } from './stage.ts';

const USERS = ['ana', 'bo', 'chi'];
const MESSAGES = 400;

/**
 * `npm run drill -- object-lost`: every object's storage is deleted while the server is down. Each comes back from
 * Postgres with its first request, shows what it showed, and both stores are equal again.
 *
 * @returns what went wrong, a line each
 */
export async function objectLost(_args: readonly string[], report: Report): Promise<string[]> {
  return onStage({}, async ({ server, client, stateDir }) => {
    const ids = await people(client);
    const before = await Promise.all(USERS.map((user) => shown(client, user, ids.get(user)!)));
    await drained(client, USERS);
    await server.killHard();
    loseObjects(stateDir);
    await server.startWorker();
    const begun = performance.now();
    const after = await Promise.all(USERS.map((user) => shown(client, user, ids.get(user)!)));
    report({ metric: 'restored', value: performance.now() - begun, unit: 'ms', n: USERS.length });
    await drained(client, USERS);
    const wrong = USERS.flatMap((user, i) =>
      Object.keys(before[i]!)
        .filter((route) => !isDeepStrictEqual(before[i]![route], after[i]![route]))
        .map((route) => `${user} shows something else at ${route}`),
    );
    return [...wrong, ...(await unequal(client, report))];
  });
}

/**
 * `npm run drill -- postgres-lost`: every row of every user is deleted from Postgres, their data keys too. Reconciling each user writes them
 * again from the objects. Tombstones are not: those of users who were erased can then no longer be shown.
 *
 * @returns what went wrong, a line each
 */
export async function postgresLost(_args: readonly string[], report: Report): Promise<string[]> {
  return onStage({}, async ({ server, client }) => {
    await people(client);
    await drained(client, USERS);
    const db = new pg.Client({ connectionString: server.databaseUrl });
    await db.connect();
    await db.query('TRUNCATE messages, memories, records, users, user_keys, erasures');
    await db.end();
    const begun = performance.now();
    let sent = 0;
    for (const user of USERS) sent += (await reconcile(client, user)).sent_again;
    await drained(client, USERS);
    report({ metric: 'rebuilt', value: performance.now() - begun, unit: 'ms', n: sent });
    return unequal(client, report);
  });
}

/** One of everything for each user, and some hundred messages more. @returns ids by user */
async function people(client: ServerClient): Promise<Map<string, Record<string, string>>> {
  const ask: Asker = {
    async send<T>(method: string, route: string, body?: unknown) {
      const answer = await client.send(method, route, body);
      return { status: answer.status, body: (await answer.json().catch(() => null)) as T };
    },
  };
  const made = new Map<string, Record<string, string>>();
  for (const user of USERS) {
    made.set(user, await populate(ask, user));
    const messages = Array.from({ length: MESSAGES }, (_, i) => ({
      content: `Entry ${i}: ${user} saw ${i % 9} herons at pier ${i % 31}`,
      message_id: `${user}-${i}`,
      timestamp: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString(),
    }));
    await client.send('POST', '/messages', { user_id: user, messages });
  }
  await drained(client, USERS);
  return made;
}

/** What the API shows of a user, by route. Strengths are left out: they fade as time passes. */
async function shown(
  client: ServerClient,
  user: string,
  ids: Record<string, string>,
): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const route of [
    ...['/messages?limit=100', '/memories?limit=100', '/palaces', `/palaces/${ids.palace_id}/rooms`, '/consent'],
    ...['/trails', `/trails/${ids.trail_id}`, '/mirror/decisions', '/digs'],
  ]) {
    found[route] = withoutStrength(await read(client, `/users/${user}${route}`));
  }
  for (const query of ['herons at pier 7', 'the lighthouse', 'walnuts']) {
    found[query] = (await client.search(user, query, 10)).map(({ content }) => content);
  }
  return found;
}

/** Once more where the answer is that it takes a moment: a long history is not back within the time of one request. */
async function read(client: ServerClient, route: string): Promise<string> {
  for (let tries = 0; ; tries++) {
    const answer = await client.send('GET', route);
    if (answer.status !== 503 || tries === 10) return answer.text();
    await sleep(1_000);
  }
}

const withoutStrength = (text: string): unknown =>
  JSON.parse(text, (name, value) => (name === 'strength' ? undefined : value));

/** Deletes the storage of all objects, as a platform would that has lost it. */
function loseObjects(stateDir: string): void {
  const folder = path.join(stateDir, 'worker/v3/do/palimpsest-UserMemory');
  for (const file of readdirSync(folder)) rmSync(path.join(folder, file));
}

async function unequal(client: ServerClient, report: Report): Promise<string[]> {
  const wrong: string[] = [];
  let all = 0;
  for (const user of USERS) {
    const answer = await reconcile(client, user);
    all += held(answer);
    if (!answer.equal) wrong.push(`${user}: object and Postgres differ: ${JSON.stringify(answer)}`);
  }
  report({ metric: 'equal', value: all, unit: 'rows', n: USERS.length });
  return wrong;
}
