import { Breaker } from '../shared/breaker.ts';
import { log } from '../shared/log.ts';
import type { Arena, Hits, QueryKind, Ranked, ShapeKind } from '../spatial/arena.ts';
import { findInBatch, isRanking, Resident, rankInBatch } from '../spatial/resident.ts';
import { type ArenaName, WireError } from '../spatial/wire.ts';
import { type Origin, OriginError } from './origin.ts';

/** An arena that is read only where it is needed: the origin may hold it already. */
export interface ArenaSource extends ArenaName {
  size: number;
  read(): Promise<Arena>;
}

/** Queries of one kind: a Batch whose arenas may be elsewhere. */
export interface Question {
  kind: QueryKind;
  arenas: readonly ArenaSource[];
  which: Uint32Array;
  values: Float32Array;
  /** rows stored for each query (box, sphere, frustum), or the k, 1..64 */
  limit: number;
}

/** Where an answer was computed; `why` it was not at the origin: there is none, too little work, it rests, it failed. */
export type Ran = { at: 'cpu' | 'webgpu' } | { at: 'local'; why: 'none' | 'small' | 'resting' | 'failed' };

export interface GpuClientOptions {
  /** null: none is configured */
  origin: Origin | null;
  /** rows that are looked at by all queries together, below which the way to the origin is longer than the work */
  threshold?: number;
  /** of a whole question, uploads included, ms */
  deadlineMs?: number;
  breaker?: Breaker;
  /** for cosines here; null: JavaScript, with the same answers */
  kernel?: WebAssembly.Module | null;
  now?: () => number;
}

/** HTTP costs about what 256 queries of 10,000 points cost here. */
const THRESHOLD = 2_500_000;
const DEADLINE_MS = 2_000;

/** Answers batches at the origin where that pays, else here. The answers are the same, bit for bit. */
export class GpuClient {
  private readonly options: Required<GpuClientOptions>;

  constructor(options: GpuClientOptions) {
    this.options = {
      threshold: THRESHOLD,
      deadlineMs: DEADLINE_MS,
      breaker: new Breaker(),
      kernel: null,
      now: Date.now,
      ...options,
    };
  }

  find(question: Question & { kind: ShapeKind }): Promise<{ answer: Hits; ran: Ran }> {
    return this.ask(question);
  }

  rank(question: Question & { kind: 'nearest' | 'cosine' }): Promise<{ answer: Ranked; ran: Ran }> {
    return this.ask(question) as Promise<{ answer: Ranked; ran: Ran }>;
  }

  private async ask(question: Question): Promise<{ answer: Hits | Ranked; ran: Ran }> {
    const { origin, threshold, breaker, now } = this.options;
    if (origin === null) return this.local(question, 'none');
    if (workOf(question) < threshold) return this.local(question, 'small');
    if (!breaker.allows(now())) return this.local(question, 'resting');
    try {
      const { ranAt, answer } = await this.remote(origin, question);
      breaker.succeeded();
      return { answer, ran: { at: ranAt } };
    } catch (error) {
      if (!(error instanceof OriginError || error instanceof WireError)) throw error; // an arena cannot be read
      const [code, rest] = error instanceof OriginError ? [error.code, error.retryAfterMs] : ['unreadable', 0];
      log.error('the GPU origin failed, computing here', { code, kind: question.kind });
      breaker.failed(now(), rest);
      return this.local(question, 'failed');
    }
  }

  /** Uploads what the origin has not, or not of this epoch, and asks again. */
  private async remote(origin: Origin, question: Question) {
    const ends = this.options.now() + this.options.deadlineMs;
    const left = () => Math.max(1, ends - this.options.now());
    const frame = { ...question, arenas: question.arenas.map(({ id, epoch }) => ({ id, epoch })) };
    for (let attempt = 0; ; attempt++) {
      try {
        return await origin.query(frame, left());
      } catch (error) {
        // unknown ones are named first, then stale ones
        if (!(error instanceof OriginError) || error.arenas.length === 0 || attempt === 2) throw error;
        const wanted = new Set(error.arenas);
        for (const source of question.arenas)
          if (wanted.has(source.id)) await origin.upload(await source.read(), left());
      }
    }
  }

  private async local({ kind, arenas, which, values, limit }: Question, why: 'none' | 'small' | 'resting' | 'failed') {
    const asked = new Set(which);
    const residents: Resident[] = [];
    for (const [i, source] of arenas.entries()) {
      if (asked.has(i)) residents[i] = new Resident(await source.read(), this.options.kernel);
    }
    const answer = isRanking(kind)
      ? rankInBatch(kind, residents, { which, values }, limit)
      : findInBatch(kind, residents, { which, values }, limit);
    return { answer, ran: { at: 'local' as const, why } };
  }
}

function workOf({ arenas, which }: Question): number {
  let rows = 0;
  for (const one of which) rows += arenas[one]!.size;
  return rows;
}
