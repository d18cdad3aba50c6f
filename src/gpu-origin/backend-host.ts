import { backoffMs } from '../tasks/backoff.ts';
import type { ArenaStore } from './arena-store.ts';
import type { Backend, OpenBackend, OpenOptions } from './backend.ts';

export interface HostPorts {
  /** always there: what a lost device leaves is done by it */
  cpu: Backend;
  /** null: it is not wanted */
  openGpu: OpenBackend | null;
  options: OpenOptions;
  arenas: ArenaStore;
  /** waits so many ms; the test's does not */
  wait(ms: number): Promise<void>;
}

/** Which backend is at work: a GPU that has passed its self-test, else the cpu. A GPU that is lost is opened again. */
export class BackendHost {
  current: Backend;
  /** why no GPU is at work; null: one is */
  why: string | null = 'None is wanted.';
  devicesLost = 0;
  /** epoch ms when the GPU passed its self-test */
  testedAt: number | null = null;
  private isClosed = false;
  private readonly ports: HostPorts;

  constructor(ports: HostPorts) {
    this.ports = ports;
    this.current = ports.cpu;
  }

  /** Opens the GPU, once. @returns whether it is at work now */
  async start(): Promise<boolean> {
    const { openGpu, options, arenas } = this.ports;
    if (openGpu === null) return false;
    const opened = await openGpu(options);
    if (!opened.ok) {
      this.why = opened.why;
      return false;
    }
    const { backend } = opened;
    if (this.isClosed) {
      await backend.close();
      return false;
    }
    let isLost = false;
    void backend.lost.then((reason) => {
      isLost = true;
      this.lose(backend, reason);
    });
    for (const arena of arenas.all()) await backend.load(arena).catch(() => {});
    if (isLost) return false;
    [this.current, this.why, this.testedAt] = [backend, null, Date.now()];
    return true;
  }

  /** Does work on the backend that is at work; where that fails, on the cpu. */
  async run<T>(work: (backend: Backend) => Promise<T>): Promise<{ value: T; ranAt: Backend['name'] }> {
    const { cpu } = this.ports;
    const backend = this.current;
    if (backend === cpu) return { value: await work(cpu), ranAt: 'cpu' };
    try {
      return { value: await work(backend), ranAt: backend.name };
    } catch (error) {
      console.error('the GPU failed, the cpu does its work', { error: String(error) });
      return { value: await work(cpu), ranAt: 'cpu' };
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.current !== this.ports.cpu) await this.current.close();
    await this.ports.cpu.close();
  }

  private lose(backend: Backend, reason: string): void {
    if (this.isClosed) return;
    console.error('the GPU is lost', { reason });
    this.devicesLost++;
    this.why = `The device was lost: ${reason}`;
    const { cpu, arenas } = this.ports;
    if (this.current === backend) {
      this.current = cpu;
      // queries do not wait for it: an arena that is not there yet is brought with the query
      for (const arena of arenas.all()) void cpu.load(arena).catch(() => {});
    }
    void this.reopen();
  }

  private async reopen(): Promise<void> {
    for (let attempt = 1; !this.isClosed; attempt++) {
      await this.ports.wait(backoffMs(attempt, Math.random()));
      if (this.isClosed || (await this.start())) return;
    }
  }
}
