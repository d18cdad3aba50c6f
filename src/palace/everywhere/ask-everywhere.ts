import type { ArenaSource, GpuClient, Ran } from '../../gpu/client.ts';
import type { NamedPlace, SpaceStamp } from '../../http/space-port.ts';
import type { Outcome } from '../../shared/errors.ts';
import { frustumPlanes } from '../frustum.ts';
import type { Shape } from '../memories/contract.ts';
import type { EverywhereAnswer, EverywhereQuery } from './contract.ts';

/** A palace that changes under a request is asked again so often. */
const MOST_ROUNDS = 3;

export interface EverywherePorts {
  client: GpuClient;
  stamp(user: string, palaceId: string | null): Promise<Outcome<SpaceStamp>>;
  points(user: string, stamp: SpaceStamp): Promise<Float32Array | null>;
  named(user: string, stamp: SpaceStamp, numbers: Uint32Array): Promise<NamedPlace[] | null>;
  arenaId(user: string, stamp: SpaceStamp): string;
}

type Query = EverywhereQuery['queries'][number];
type Result = EverywhereAnswer['results'][number];
/** A palace that a round asks, and the numbers of the queries that ask it. */
interface Space {
  user: string;
  stamp: SpaceStamp;
  queries: number[];
}
interface Found {
  total: number;
  numbers: Uint32Array;
}

/** A palace has changed since it was stamped. */
class Stale extends Error {
  override readonly name = 'Stale';
}

/** Asks many people's palaces at once. What changes while it is asked is asked again. */
export async function askEverywhere(
  ports: EverywherePorts,
  { queries, limit }: EverywhereQuery,
): Promise<Pick<EverywhereAnswer, 'results' | 'ran'>> {
  const results: (Result | null)[] = queries.map(() => null);
  const ran: EverywhereAnswer['ran'] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const open = [...queries.keys()].filter((i) => results[i] === null);
    if (open.length === 0) break;
    const spaces = await spacesOf(ports, queries, open, results);
    const found = await search(ports, queries, spaces, limit, ran).catch((error: unknown) => {
      if (error instanceof Stale) return null;
      throw error;
    });
    if (found) await Promise.all(spaces.map((space) => nameAll(ports, queries, space, found, results)));
  }
  return { results: results.map((result, i) => result ?? nothing(queries[i]!, 'unavailable')), ran };
}

const nothing = ({ user_id, palace_id }: Query, status: 'not_found' | 'unavailable'): Result => ({
  user_id,
  palace_id: palace_id ?? null,
  status,
  total: 0,
  items: [],
});

async function spacesOf(
  ports: EverywherePorts,
  queries: readonly Query[],
  open: readonly number[],
  results: (Result | null)[],
) {
  const asked = Map.groupBy(open, (i) => JSON.stringify([queries[i]!.user_id, queries[i]!.palace_id ?? null]));
  const spaces = await Promise.all(
    [...asked.values()].map(async (group): Promise<Space | null> => {
      const { user_id: user, palace_id } = queries[group[0]!]!;
      const stamp = await ports.stamp(user, palace_id ?? null);
      if (stamp.ok) return { user, stamp: stamp.value, queries: group };
      for (const i of group) {
        results[i] = nothing(queries[i]!, stamp.code === 'not_found' ? 'not_found' : 'unavailable');
      }
      return null;
    }),
  );
  return spaces.filter((space) => space !== null);
}

/** One question to the client for each kind of shape, over all palaces. */
async function search(
  ports: EverywherePorts,
  queries: readonly Query[],
  spaces: readonly Space[],
  limit: number,
  ran: EverywhereAnswer['ran'],
): Promise<Map<number, Found>> {
  const arenas = await Promise.all(spaces.map((space) => sourceOf(ports, space)));
  const spaceOf = new Map(spaces.flatMap(({ queries: group }, at) => group.map((i) => [i, at] as const)));
  const found = new Map<number, Found>();
  const groups = Map.groupBy(spaceOf.keys(), (i) => {
    const { shape } = queries[i]!;
    return shape.type === 'nearest' ? `nearest ${shape.k}` : shape.type;
  });
  for (const group of groups.values()) {
    const [first] = group;
    const { shape } = queries[first!]!;
    const question = {
      arenas,
      which: Uint32Array.from(group, (i) => spaceOf.get(i)!),
      values: Float32Array.from(group.flatMap((i) => valuesOf(queries[i]!.shape))),
    };
    const reply =
      shape.type === 'nearest'
        ? await ports.client.rank({ ...question, kind: 'nearest', limit: shape.k })
        : await ports.client.find({ ...question, kind: shape.type, limit });
    note(ran, reply.ran, group.length);
    const { counts, rows } = reply.answer;
    let at = 0;
    group.forEach((i, q) => {
      const stored = shape.type === 'nearest' ? counts[q]! : Math.min(counts[q]!, limit);
      found.set(i, { total: counts[q]!, numbers: rows.slice(at, at + stored) });
      at += stored;
    });
  }
  return found;
}

async function sourceOf(ports: EverywherePorts, { user, stamp }: Space): Promise<ArenaSource> {
  const id = ports.arenaId(user, stamp);
  const { epoch, size } = stamp;
  return {
    id,
    epoch,
    size,
    async read() {
      const points = await ports.points(user, stamp);
      if (!points) throw new Stale();
      return { id, epoch, size: points.length / 3, points, vectors: null };
    },
  };
}

/** Numbers become ids, unless the palace has changed: its queries then stay open. */
async function nameAll(
  ports: EverywherePorts,
  queries: readonly Query[],
  { user, stamp, queries: group }: Space,
  found: ReadonlyMap<number, Found>,
  results: (Result | null)[],
): Promise<void> {
  const numbers = [...new Set(group.flatMap((i) => [...found.get(i)!.numbers]))];
  const named = await ports.named(user, stamp, Uint32Array.from(numbers));
  if (!named) return;
  const placeOf = new Map(numbers.map((number, at) => [number, named[at]!]));
  for (const i of group) {
    const { total, numbers: own } = found.get(i)!;
    const from = originOf(queries[i]!.shape);
    const items = Array.from(own, (number) => {
      const { id, position } = placeOf.get(number)!;
      const distance = from && distanceTo(from, position, queries[i]!.shape.type);
      return { memory_id: id, position, distance };
    });
    results[i] = { user_id: user, palace_id: stamp.palaceId, status: 'ok', total, items };
  }
}

/** As a Batch holds them. */
function valuesOf(shape: Shape): number[] {
  switch (shape.type) {
    case 'box':
      return [...shape.min, ...shape.max];
    case 'sphere':
      return [...shape.center, shape.radius];
    case 'frustum':
      return [...frustumPlanes(shape)];
    case 'nearest':
      return [...shape.point, shape.max_distance ?? Infinity];
  }
}

/** As the palace itself tells it: the k nearest are ranked by the root of a plain sum. */
function distanceTo(from: readonly number[], [x, y, z]: NamedPlace['position'], type: Shape['type']): number {
  const [dx, dy, dz] = [x - from[0]!, y - from[1]!, z - from[2]!];
  return type === 'nearest' ? Math.sqrt(dx * dx + dy * dy + dz * dz) : Math.hypot(dx, dy, dz);
}

/** What distances are measured from, as float32; null: a box has no such point. */
function originOf(shape: Shape): number[] | null {
  switch (shape.type) {
    case 'box':
      return null;
    case 'sphere':
      return shape.center.map(Math.fround);
    case 'frustum':
      return shape.position.map(Math.fround);
    case 'nearest':
      return shape.point.map(Math.fround);
  }
}

function note(ran: EverywhereAnswer['ran'], { at, ...rest }: Ran, queries: number): void {
  const why = 'why' in rest ? rest.why : null;
  const same = ran.find((one) => one.at === at && one.why === why);
  if (same) same.queries += queries;
  else ran.push({ at, why, queries });
}
