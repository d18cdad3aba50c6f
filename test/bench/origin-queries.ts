import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { startPostgres } from '../../scripts/postgres.ts';
import { Origin } from '../../src/gpu/origin.ts';
import { arenaIdOf } from '../../src/gpu/signature.ts';
import { type Arena, type Hits, type Ranked, WIDTH_OF } from '../../src/spatial/arena.ts';
import type { QueryFrame } from '../../src/spatial/wire.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import { httpFetch } from './http-fetch.ts';
import type { Report } from './report.ts';
import { palaceData, type SpatialData } from './spatial-data.ts';

const PALACES = 64;
const POINTS = 10_000;
const A_REQUEST = 256;
const K = 10;
/** Rounds of requests beside queries to Postgres; the first ones compile, on both sides. */
const ROUNDS = 40;
const WARM_UP_ROUNDS = 15;
const REQUESTS_A_ROUND = 12;
const POSTGRES_A_ROUND = 128;
const SECRET = 'for this bench alone, and nothing else';
const PATIENCE_MS = 60_000;

type Kind = 'box' | 'nearest';
const KINDS: readonly Kind[] = ['box', 'nearest'];

/**
 * Queries over 64 palaces of 10,000 memories, 256 in a request, through HTTP to an origin in a process of its own with
 * the cpu backend, from before the frame is encoded and signed to after the answer is decoded. The client stands on
 * node:http, as pg does on its socket (`httpFetch`):
 *
 * - `query`: microseconds a query, the median over requests, half of them boxes and half the 10 nearest; `query/…` of each
 * - `ratio/cube`: how much longer a round trip to Postgres takes for the same query, over a socket of this machine,
 *   prepared, with a table and a GiST index of `cube` for each palace, in the same run; `ratio/cube/…` of each
 */
export async function reportOriginQueries(report: Report): Promise<void> {
  const palaces = Array.from({ length: PALACES }, (_, i) => palaceData(POINTS, A_REQUEST, i + 1));
  const { child, origin } = await startOrigin();
  const postgres = await startPostgres();
  const client = new pg.Client({ connectionString: postgres.url() });
  try {
    await client.connect();
    const arenas = await upload(origin, palaces);
    await fill(client, palaces);
    const [here, there] = [timesOf(), timesOf()];
    const random = seeded(9);
    for (let round = 0; round < ROUNDS; round++) {
      for (const kind of KINDS) {
        const isCounted = round >= WARM_UP_ROUNDS;
        let asked: Asked = [];
        let answer: Hits | Ranked = { counts: new Uint32Array(), rows: new Uint32Array() };
        for (let i = 0; i < REQUESTS_A_ROUND; i++) {
          asked = Array.from({ length: A_REQUEST }, () => [pick(PALACES, random), pick(A_REQUEST, random)] as const);
          const reply = await timeOrigin(origin, frameOf(kind, arenas, palaces, asked));
          answer = reply.answer;
          if (isCounted) here[kind].push(reply.us);
        }
        const { us, found } = await timePostgres(client, kind, palaces, asked.slice(0, POSTGRES_A_ROUND));
        const rows = rowsOf(answer);
        // an answer that is not the same would make the comparison worth nothing
        if (found.some((slots, i) => !isDeepStrictEqual(new Set(slots), new Set(rows[i])))) {
          throw new Error('Postgres answers otherwise.');
        }
        if (isCounted) there[kind].push(us);
      }
    }
    const n = (ROUNDS - WARM_UP_ROUNDS) * REQUESTS_A_ROUND * A_REQUEST;
    for (const kind of KINDS) {
      const [fast, slow] = [median(here[kind]), median(there[kind])];
      report({ metric: `query/${kind}`, value: fast, unit: 'us', n });
      report({ metric: `ratio/cube/${kind}`, value: slow / fast, unit: 'x', n, baseline: slow });
    }
    const [fast, slow] = [here, there].map((times) => (median(times.box) + median(times.nearest)) / 2) as [
      number,
      number,
    ];
    report({ metric: 'query', value: fast, unit: 'us', n: 2 * n });
    report({ metric: 'ratio/cube', value: slow / fast, unit: 'x', n: 2 * n, baseline: slow });
  } finally {
    await client.end().catch(() => {});
    await postgres.stop();
    child.kill();
  }
}

const timesOf = (): Record<Kind, number[]> => ({ box: [], nearest: [] });
const pick = (count: number, random: () => number) => Math.floor(random() * count);
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** `npm run gpu-origin`, with one thread for queries. */
async function startOrigin(): Promise<{ child: ChildProcess; origin: Origin }> {
  const main = path.join(import.meta.dirname, '../../src/gpu-origin/main.ts');
  const settings = { SECRET, PORT: '0', BACKEND: 'cpu', THREADS: '1' };
  const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`GPU_ORIGIN_${name}`, value]));
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  for await (const chunk of child.stderr!) {
    said += chunk;
    const url = /http:\/\/\S+/.exec(said)?.[0];
    if (url !== undefined) return { child, origin: new Origin({ url, secret: SECRET, fetch: httpFetch() }) };
  }
  throw new Error(`The origin did not start: ${said}`);
}

async function upload(origin: Origin, palaces: readonly SpatialData[]): Promise<Arena[]> {
  const arenas: Arena[] = [];
  for (const [i, { points }] of palaces.entries()) {
    const id = arenaIdOf(SECRET, [String(i)]);
    const arena = { id, epoch: 1, size: POINTS, points, vectors: null };
    await origin.upload(arena, PATIENCE_MS);
    arenas.push(arena);
  }
  return arenas;
}

type Asked = readonly (readonly [palace: number, question: number])[];

function frameOf(kind: Kind, arenas: readonly Arena[], palaces: readonly SpatialData[], asked: Asked): QueryFrame {
  const width = WIDTH_OF[kind];
  const values = new Float32Array(asked.length * width).fill(Infinity); // as far as can be
  asked.forEach(([palace, question], i) => {
    const { boxes, centres } = palaces[palace]!;
    values.set((kind === 'box' ? boxes : centres)[question]!, i * width);
  });
  return {
    kind,
    arenas,
    limit: kind === 'box' ? 1_000 : K,
    which: Uint32Array.from(asked, ([palace]) => palace),
    values,
  };
}

async function timeOrigin(origin: Origin, frame: QueryFrame): Promise<{ us: number; answer: Hits | Ranked }> {
  const started = performance.now();
  const { answer } = await origin.query(frame, PATIENCE_MS);
  return { us: ((performance.now() - started) * 1_000) / A_REQUEST, answer };
}

/** By query; no query finds as many as its limit lets through. */
function rowsOf({ counts, rows }: Hits | Ranked): number[][] {
  let at = 0;
  return Array.from(counts, (count) => {
    at += count;
    return [...rows.subarray(at - count, at)];
  });
}

async function fill(client: pg.Client, palaces: readonly SpatialData[]): Promise<void> {
  await client.query('CREATE EXTENSION cube');
  for (const [i, { points, slots }] of palaces.entries()) {
    await client.query(`CREATE TABLE palace_${i} (slot int NOT NULL, place cube NOT NULL)`);
    await client.query(
      `INSERT INTO palace_${i} SELECT slot, cube(ARRAY[x, y, z])
       FROM unnest($1::int[], $2::float8[], $3::float8[], $4::float8[]) AS p (slot, x, y, z)`,
      [[...slots], ...[0, 1, 2].map((axis) => Array.from(slots, (slot) => points[slot * 3 + axis]))],
    );
    await client.query(`CREATE INDEX ON palace_${i} USING gist (place)`);
  }
  await client.query('VACUUM ANALYZE');
  await client.query('SET jit = off; SET max_parallel_workers_per_gather = 0; SET enable_seqscan = off');
}

async function timePostgres(client: pg.Client, kind: Kind, palaces: readonly SpatialData[], asked: Asked) {
  const answers: [slot: number][][] = [];
  const texts = asked.map(([palace, question]) => {
    const { boxes, centres } = palaces[palace]!;
    if (kind === 'nearest') return `(${centres[question]!.join(',')})`;
    return `(${boxes[question]!.subarray(0, 3).join(',')}),(${boxes[question]!.subarray(3).join(',')})`;
  });
  const started = performance.now();
  for (const [i, [palace]] of asked.entries()) {
    const from = `SELECT slot FROM palace_${palace}`;
    const text = kind === 'box' ? `${from} WHERE place <@ $1::cube` : `${from} ORDER BY place <-> $1::cube LIMIT ${K}`;
    const { rows } = await client.query<[slot: number]>({
      name: `${kind}_${palace}`,
      text,
      values: [texts[i]],
      rowMode: 'array',
    });
    answers.push(rows);
  }
  const us = ((performance.now() - started) * 1_000) / asked.length;
  return { us, found: answers.map((rows) => rows.map(([slot]) => slot)) };
}
