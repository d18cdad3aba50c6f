import type { Arena, Batch, Hits, Ranked } from '../spatial/arena.ts';
import { isRanking } from '../spatial/resident.ts';
import type { QueryFrame, ReplyFrame } from '../spatial/wire.ts';
import type { Backend } from './backend.ts';
import { OriginRefusal } from './refusal.ts';

/** Queries of one launch: more do not wait for the window to close. */
const LAUNCH_AT = 256;
/** Launches at a time: what comes meanwhile gathers for the next one. */
const MOST_RUNNING = 4;

export interface BatcherPorts {
  run<T>(work: (backend: Backend) => Promise<T>): Promise<{ value: T; ranAt: Backend['name'] }>;
  /** ms */
  window(): number;
  /** queries that wait at most */
  maxQueued: number;
  launched(queries: number): void;
}

interface Waiting {
  frame: QueryFrame;
  arenas: Arena[];
  /** by performance.now() */
  deadline: number;
  resolve(reply: ReplyFrame): void;
  reject(error: unknown): void;
}

/** Puts queries of one kind that come close together into one launch. The queue is bounded. */
export class Batcher {
  /** queries that were taken and not answered yet */
  queued = 0;
  private readonly groups = new Map<string, Waiting[]>();
  private running = 0;
  private readonly ports: BatcherPorts;

  constructor(ports: BatcherPorts) {
    this.ports = ports;
  }

  /** @throws OriginRefusal `busy` where the queue is full, `late` where the deadline passed before the launch */
  ask(frame: QueryFrame, arenas: Arena[], deadline: number): Promise<ReplyFrame> {
    const queries = frame.which.length;
    if (this.queued + queries > this.ports.maxQueued) throw new OriginRefusal('busy', 'The queue is full.');
    this.queued += queries;
    const { promise, resolve, reject } = Promise.withResolvers<ReplyFrame>();
    const width = queries === 0 ? 0 : frame.values.length / queries;
    const key = `${frame.kind} ${frame.limit} ${width}`;
    const group = this.groups.get(key) ?? [];
    this.groups.set(key, group);
    group.push({ frame, arenas, deadline, resolve, reject });
    const gathered = group.reduce((sum, one) => sum + one.frame.which.length, 0);
    const window = this.ports.window();
    if (gathered >= LAUNCH_AT) this.launch(key);
    else if (group.length === 1) {
      if (window === 0) setImmediate(() => this.launch(key));
      else setTimeout(() => this.launch(key), window);
    }
    return promise.finally(() => {
      this.queued -= queries;
    });
  }

  private launch(key: string): void {
    const group = this.groups.get(key);
    if (!group || this.running >= MOST_RUNNING) return;
    this.groups.delete(key);
    const now = performance.now();
    const timely = group.filter((one) => one.deadline > now);
    for (const one of group) {
      if (one.deadline <= now) one.reject(new OriginRefusal('late', 'The deadline passed before its turn came.'));
    }
    if (timely.length === 0) return;
    this.running++;
    void this.compute(timely).finally(() => {
      this.running--;
      const [next] = this.groups.keys();
      if (next !== undefined) this.launch(next);
    });
  }

  private async compute(group: readonly Waiting[]): Promise<void> {
    const { kind, limit } = group[0]!.frame;
    const batch = together(group);
    this.ports.launched(batch.which.length);
    try {
      const { value, ranAt } = await this.ports.run<Hits | Ranked>((backend) =>
        isRanking(kind) ? backend[kind](batch, limit) : backend.find(kind, batch, limit),
      );
      apart(
        group.map(({ frame }) => frame.which.length),
        value,
        isRanking(kind) ? null : limit,
      ).forEach((answer, i) => {
        group[i]!.resolve({ ranAt, answer });
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

/** The queries of several frames as one batch. */
function together(group: readonly Waiting[]): Batch {
  const [first] = group;
  if (group.length === 1 && first) {
    return { arenas: first.arenas, which: first.frame.which, values: first.frame.values };
  }
  const arenas = [...new Set(group.flatMap((one) => one.arenas))];
  const numberOf = new Map(arenas.map((arena, i) => [arena, i]));
  const which = new Uint32Array(group.reduce((sum, { frame }) => sum + frame.which.length, 0));
  const values = new Float32Array(group.reduce((sum, { frame }) => sum + frame.values.length, 0));
  let [query, value] = [0, 0];
  for (const { frame, arenas: own } of group) {
    for (const one of frame.which) which[query++] = numberOf.get(own[one]!)!;
    values.set(frame.values, value);
    value += frame.values.length;
  }
  return { arenas, which, values };
}

/** The answer of a batch as those of its frames. @param cap null: every counted row is stored */
function apart(sizes: readonly number[], { counts, rows, ...rest }: Hits | Ranked, cap: number | null) {
  const values = 'values' in rest ? rest.values : null;
  let [query, row] = [0, 0];
  return sizes.map((size): Hits | Ranked => {
    const own = counts.subarray(query, query + size);
    query += size;
    const from = row;
    for (const count of own) row += cap === null ? count : Math.min(count, cap);
    const part = { counts: own, rows: rows.subarray(from, row) };
    return values ? { ...part, values: values.subarray(from, row) } : part;
  });
}
