import { NewJob } from '../gpu/contract.ts';
import { type ArenaName, decodeArena, decodeQuery, encodePlaces, encodeReply, isArenaId } from '../spatial/wire.ts';
import { OriginRefusal } from './refusal.ts';
import type { Service } from './service.ts';

/** What a signed request asks. */
export interface Asked {
  method: string;
  url: URL;
  body: Uint8Array;
  /** by performance.now() */
  deadline: number;
}

/** A frame, or what becomes JSON. */
export type Answer = { status: number; frame: Uint8Array } | { status: number; json: unknown };

interface Route {
  name: string;
  method: string;
  path: RegExp;
  answer(service: Service, asked: Asked, name: string): Promise<Answer> | Answer;
}

const ROUTES: Route[] = [
  { name: 'query', method: 'POST', path: /^\/v1\/query$/, answer: query },
  { name: 'arena', method: 'PUT', path: /^\/v1\/arenas\/([^/]+)$/, answer: putArena },
  { name: 'arena', method: 'DELETE', path: /^\/v1\/arenas\/([^/]+)$/, answer: dropArena },
  { name: 'job', method: 'POST', path: /^\/v1\/jobs$/, answer: addJob },
  {
    name: 'job',
    method: 'GET',
    path: /^\/v1\/jobs\/([^/]+)$/,
    answer: ({ jobs }, _asked, id) => ({ status: 200, json: jobs.find(id) }),
  },
  {
    name: 'job',
    method: 'DELETE',
    path: /^\/v1\/jobs\/([^/]+)$/,
    answer: ({ jobs }, _asked, id) => ({ status: 200, json: jobs.cancel(id) }),
  },
  {
    name: 'result',
    method: 'GET',
    path: /^\/v1\/jobs\/([^/]+)\/result$/,
    answer: ({ jobs }, _asked, id) => ({ status: 200, frame: encodePlaces(jobs.result(id)) }),
  },
];

/** The route of a request and what its path names; null: there is none. */
export function routeOf(method: string, path: string): { route: Route; named: string } | null {
  for (const route of ROUTES) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (match) return { route, named: match[1] ?? '' };
  }
  return null;
}

async function query({ arenas, batcher }: Service, { body, deadline }: Asked): Promise<Answer> {
  const frame = decodeQuery(body);
  const asked = arenas.take(frame.arenas);
  for (const which of frame.which) {
    const { points, vectors, size } = asked[which]!;
    const width = frame.values.length / frame.which.length;
    const fits = frame.kind === 'cosine' ? vectors?.dimensions === width : points !== null;
    if (!fits && size > 0) throw new OriginRefusal('bad_frame', 'An arena lacks what a query asks of it.');
  }
  const reply = await batcher.ask(frame, asked, deadline);
  return { status: 200, frame: encodeReply(frame.kind, reply) };
}

async function putArena({ arenas, host }: Service, { url, body }: Asked, id: string): Promise<Answer> {
  const arena = decodeArena(nameOf(id, url), body);
  await arenas.put(arena, host.current);
  return { status: 200, json: { id, epoch: arena.epoch, size: arena.size } };
}

function dropArena({ arenas, host }: Service, _asked: Asked, id: string): Answer {
  if (!arenas.drop(id, host.current)) throw new OriginRefusal('not_found', 'No such arena.');
  return { status: 200, json: { id } };
}

function addJob({ arenas, jobs }: Service, { body }: Asked): Answer {
  const parsed = NewJob.safeParse(jsonOf(body));
  if (!parsed.success) throw new OriginRefusal('bad_frame', 'It is no job.');
  const [arena] = arenas.take([{ id: parsed.data.arena, epoch: parsed.data.epoch }]);
  if (!arena?.vectors) throw new OriginRefusal('bad_frame', 'The arena has no vectors.');
  return { status: 202, json: jobs.add(arena) };
}

function nameOf(id: string, url: URL): ArenaName {
  const epoch = Number(url.searchParams.get('epoch') ?? Number.NaN);
  if (!isArenaId(id) || !Number.isSafeInteger(epoch) || epoch < 0) {
    throw new OriginRefusal('bad_frame', 'An arena is named by 64 hexadecimal digits and an epoch.');
  }
  return { id, epoch };
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return null;
  }
}
