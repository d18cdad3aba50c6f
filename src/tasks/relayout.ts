import { type Origin, OriginError } from '../gpu/origin.ts';
import type { NewPlaces, RelayoutPort, RelayoutWork } from '../http/relayout-port.ts';
import type { Arena } from '../spatial/arena.ts';
import { layOutHere } from '../spatial/layout/lay-out.ts';

/** Memories of a page: 4 MB of 512 dimensions, where RPC takes 32. */
const PAGE = 8_192;
/** Of one request to the origin. */
const REQUEST_MS = 60_000;
const POLL_MS = 500;
/** A consumer may run for 15 minutes. */
const LONGEST_MS = 12 * 60_000;

export interface RelayoutPorts {
  object: Pick<RelayoutPort, 'begin' | 'vectors' | 'progress' | 'apply'>;
  /** null: none is configured; the layout is then computed here */
  origin: Origin | null;
  /** what the palace's vectors are called at the origin */
  arenaId: string;
  wait(ms: number): Promise<void>;
  now(): number;
}

/**
 * Lays a palace out: vectors from the object, places from the origin, back to the object, which takes all of them or none.
 * May be begun again at any time, by two at once too: nothing of it is left anywhere but in the object.
 *
 * @throws OriginError where the origin is away or lost the job: it is to be begun again
 */
export async function runRelayout(ports: RelayoutPorts, task: string): Promise<'done' | 'ended'> {
  const { object, origin } = ports;
  const work = await object.begin(task);
  if (work === null) return 'ended';
  const { rows, arena } = await readArena(ports, task, work);
  const found: Omit<NewPlaces, 'rows'> | null =
    origin === null
      ? { places: layOutHere(arena, null), ranAt: 'local' }
      : await layOutThere(ports, origin, arena, task);
  if (found === null) return 'ended';
  await object.apply(task, { rows, ...found });
  return 'done';
}

async function readArena({ object, arenaId, now }: RelayoutPorts, task: string, work: RelayoutWork) {
  const pages = [];
  for (let after = 0; ; ) {
    const page = await object.vectors(task, after, PAGE);
    pages.push(page);
    if (page.rows.length < PAGE) break;
    after = page.rows.at(-1)!;
  }
  const size = pages.reduce((sum, { rows }) => sum + rows.length, 0);
  const { dimensions } = work;
  const [rows, bytes, scales] = [new Uint32Array(size), new Int8Array(size * dimensions), new Float32Array(size)];
  let at = 0;
  for (const page of pages) {
    rows.set(page.rows, at);
    bytes.set(page.bytes, at * dimensions);
    scales.set(page.scales, at);
    at += page.rows.length;
  }
  const vectors = { kind: 'int8' as const, dimensions, rows: bytes, scales };
  // an attempt of its own: between two of them memories come and go
  const arena: Arena = { id: arenaId, epoch: now(), size, points: null, vectors };
  return { rows, arena };
}

async function layOutThere({ object, wait, now }: RelayoutPorts, origin: Origin, arena: Arena, task: string) {
  const begun = now();
  await origin.upload(arena, REQUEST_MS);
  let job = await origin.addJob({ kind: 'layout', arena: arena.id, epoch: arena.epoch }, REQUEST_MS);
  while (job.state === 'waiting' || job.state === 'running') {
    if (!(await object.progress(task, job.progress))) {
      await origin.cancelJob(job.id, REQUEST_MS).catch(() => {});
      return null;
    }
    if (now() - begun > LONGEST_MS) throw new OriginError(0, { code: 'late', detail: 'The layout takes too long.' });
    await wait(POLL_MS);
    job = await origin.findJob(job.id, REQUEST_MS);
  }
  if (job.state !== 'done') throw new OriginError(0, { code: job.state, detail: job.error ?? 'The job was ended.' });
  return { places: await origin.places(job.id, REQUEST_MS), ranAt: job.ran_at ?? ('cpu' as const) };
}
