import { randomUUID } from 'node:crypto';
import type { JobView } from '../gpu/contract.ts';
import type { Arena } from '../spatial/arena.ts';
import type { Backend } from './backend.ts';
import { layOut } from './layout-job.ts';
import { OriginRefusal } from './refusal.ts';

/** An ended job and its result are kept for so long. */
const KEPT_MS = 600_000;

interface Job {
  view: JobView;
  arena: Arena;
  places: Float32Array | null;
  ending: AbortController;
  endedAt: number | null;
}

export interface JobPorts {
  run<T>(work: (backend: Backend) => Promise<T>): Promise<{ value: T; ranAt: Backend['name'] }>;
  /** jobs that are not ended at most */
  maxJobs: number;
  backendName(): Backend['name'];
  ended(state: JobView['state']): void;
}

/** Long pieces of work, one at a time in the order they came. They live as long as this process. */
export class Jobs {
  private readonly jobs = new Map<string, Job>();
  private isWorking = false;
  private readonly ports: JobPorts;

  constructor(ports: JobPorts) {
    this.ports = ports;
  }

  get open(): number {
    return [...this.jobs.values()].filter(({ endedAt }) => endedAt === null).length;
  }

  /** The same arena and epoch asked for twice is one job. @throws OriginRefusal `busy` */
  add(arena: Arena): JobView {
    this.forget(Date.now());
    const same = [...this.jobs.values()].find(
      (job) => job.arena === arena && job.view.state !== 'failed' && job.view.state !== 'cancelled',
    );
    if (same) return same.view;
    if (this.open >= this.ports.maxJobs) throw new OriginRefusal('busy', 'The queue of jobs is full.');
    const view: JobView = { id: randomUUID(), state: 'waiting', progress: 0, error: null, ran_at: null };
    this.jobs.set(view.id, { view, arena, places: null, ending: new AbortController(), endedAt: null });
    void this.work();
    return view;
  }

  /** @throws OriginRefusal `not_found` */
  find(id: string): JobView {
    return this.job(id).view;
  }

  /** Row-major [size, 3]. @throws OriginRefusal where it is not done */
  result(id: string): Float32Array {
    const { places, view } = this.job(id);
    if (places === null) throw new OriginRefusal('conflict', `The job is ${view.state}.`);
    return places;
  }

  /** What has ended stays as it is. */
  cancel(id: string): JobView {
    const job = this.job(id);
    job.ending.abort();
    if (job.view.state === 'waiting') this.end(job, 'cancelled');
    return job.view;
  }

  close(): void {
    for (const job of this.jobs.values()) if (job.endedAt === null) this.cancel(job.view.id);
  }

  private job(id: string): Job {
    const job = this.jobs.get(id);
    if (!job) throw new OriginRefusal('not_found', 'No such job.');
    return job;
  }

  private async work(): Promise<void> {
    if (this.isWorking) return;
    this.isWorking = true;
    for (;;) {
      const job = [...this.jobs.values()].find(({ view }) => view.state === 'waiting');
      if (!job) break;
      await this.doOne(job);
    }
    this.isWorking = false;
  }

  private async doOne(job: Job): Promise<void> {
    const { view, arena, ending } = job;
    view.state = 'running';
    view.ran_at = this.ports.backendName();
    try {
      const { value, ranAt } = await this.ports.run((backend) =>
        layOut(backend, arena, {
          signal: ending.signal,
          onProgress: (share) => {
            view.progress = share;
          },
        }),
      );
      view.ran_at = ranAt;
      job.places = value;
      this.end(job, value === null ? 'cancelled' : 'done');
    } catch (error) {
      console.error('a job failed', { id: view.id, error: String(error) });
      view.error = 'The layout could not be computed.';
      this.end(job, 'failed');
    }
  }

  private end(job: Job, state: 'done' | 'failed' | 'cancelled'): void {
    job.view.state = state;
    if (state === 'done') job.view.progress = 1;
    job.endedAt = Date.now();
    this.ports.ended(state);
  }

  private forget(now: number): void {
    for (const [id, { endedAt }] of this.jobs) if (endedAt !== null && endedAt + KEPT_MS < now) this.jobs.delete(id);
  }
}
