import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Arena } from '../../spatial/arena.ts';
import type { Answered, Task, TaskAnswer } from './contract.ts';

interface Waiting {
  resolve(answer: TaskAnswer): void;
  reject(error: Error): void;
}

/** One thread and the arenas it holds. */
class Thread {
  /** numbers of the rows it holds, for spreading arenas evenly */
  load = 0;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;

  constructor(kernel: WebAssembly.Module) {
    this.worker = new Worker(path.join(import.meta.dirname, 'thread.ts'), { workerData: kernel });
    this.worker.unref();
    this.worker.on('message', (reply: Answered) => {
      const waiting = this.waiting.get(reply.number);
      this.waiting.delete(reply.number);
      if ('error' in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.answer);
    });
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error('A thread of the cpu backend has ended.')));
  }

  ask(task: Task): Promise<TaskAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<TaskAnswer>();
    const number = this.next++;
    this.waiting.set(number, { resolve, reject });
    this.worker.postMessage({ number, task });
    return promise;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

/** Where an arena lies. */
export interface Place {
  thread: number;
  handle: number;
}

/** Threads that share out arenas: each lies on one of them, the one that holds least. */
export class ThreadPool {
  private readonly threads: Thread[];
  /** by thread, what it holds */
  private readonly placed = new WeakMap<Arena, (Place | undefined)[]>();
  private nextHandle = 0;

  constructor(kernel: WebAssembly.Module, threads: number) {
    this.threads = Array.from({ length: threads }, () => new Thread(kernel));
  }

  get size(): number {
    return this.threads.length;
  }

  ask(thread: number, task: Task): Promise<TaskAnswer> {
    return this.threads[thread]!.ask(task);
  }

  /** Where it lies already, if anywhere. */
  placeOf(arena: Arena): Place | undefined {
    return this.placed.get(arena)?.find((place) => place !== undefined);
  }

  /** Puts an arena on a thread, by default the one with the fewest rows. A thread takes its tasks in order. */
  put(arena: Arena, thread = this.lightest()): { place: Place; loaded: Promise<TaskAnswer> } {
    const places = this.placed.get(arena) ?? [];
    this.placed.set(arena, places);
    const held = places[thread];
    if (held) return { place: held, loaded: Promise.resolve(null) };
    const place = { thread, handle: this.nextHandle++ };
    places[thread] = place;
    this.threads[thread]!.load += arena.size;
    return { place, loaded: this.ask(thread, { type: 'load', handle: place.handle, arena }) };
  }

  drop(arena: Arena): void {
    for (const place of this.placed.get(arena) ?? []) {
      if (!place) continue;
      this.threads[place.thread]!.load -= arena.size;
      void this.ask(place.thread, { type: 'drop', handle: place.handle }).catch(() => {});
    }
    this.placed.delete(arena);
  }

  async end(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.end()));
  }

  private lightest(): number {
    let lightest = 0;
    this.threads.forEach(({ load }, i) => {
      if (load < this.threads[lightest]!.load) lightest = i;
    });
    return lightest;
  }
}
