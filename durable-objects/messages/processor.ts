import type { EmbeddingPort, Embeddings } from '../../src/embedding/embedder.ts';
import type { NewEvent } from '../../src/live/contract.ts';
import type { TaskState } from '../../src/messages/contract.ts';
import { count, observe, secondsSince } from '../../src/metrics/recorder.ts';
import { span } from '../../src/metrics/trace.ts';
import { embeddingText } from '../../src/palace/embedding-text.ts';
import { type Outcome, refused } from '../../src/shared/errors.ts';
import { taskId } from '../../src/shared/ids.ts';
import { log } from '../../src/shared/log.ts';
import { currentOrigin, inOrigin, type Origin } from '../../src/shared/request-scope.ts';
import { quantize } from '../../src/spatial/quantize.ts';
import { pacer } from '../../src/tasks/isolate-pacer.ts';
import type { Place } from '../../src/tasks/pacer.ts';
import {
  type EmbeddedMessage,
  type Fault,
  type ProcessPorts,
  processBatch,
  type TaskSlice,
} from '../../src/tasks/process.ts';
import type { ArchaeologyWork } from '../archaeology/archaeology-work.ts';
import type { MIRROR } from '../mirror/mirror-registry.ts';
import type { MirrorWork } from '../mirror/mirror-work.ts';
import type { PalaceWork } from '../palace/palace-work.ts';
import type { Memory } from '../stores/memory-store.ts';
import type { Stores } from '../stores/stores.ts';
import { within } from '../within.ts';

/** `?wait=true` answers after this long at the latest. */
const LONGEST_WAIT_MS = 10_000;

export interface ProcessorPorts {
  stores: Stores;
  embedder: EmbeddingPort;
  palace: PalaceWork;
  mirror: MirrorWork<typeof MIRROR>;
  archaeology: ArchaeologyWork;
  scope(): string;
  userId(): string;
  onMemories(memories: readonly Memory[]): void;
  announce(events: readonly NewEvent[]): void;
  onIdle(): Promise<void>;
}

/** Turns accepted messages into memories in the background, one micro-batch at a time. */
export class Processor {
  private working = false;
  /** messages that the batch at work has made memories of */
  private placed = 0;
  /** of the newest messages: what is done for several at once is told as theirs */
  private origin: Origin | undefined;
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly ports: ProcessorPorts;

  constructor(ports: ProcessorPorts) {
    this.ports = ports;
  }

  get isWorking(): boolean {
    return this.working;
  }

  noteAccepted(now: number): void {
    this.origin = currentOrigin();
    pacer.accepted(now);
  }

  /** Works until nothing is due. Safe to call at any time; a second call while it works does nothing. */
  async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    try {
      let goOn: boolean;
      do goOn = await this.batches();
      while ((await this.backlog()) || (goOn && this.isDue())); // what came during the last step found somebody at work
      this.ports.palace.host.save();
      this.ports.mirror.rest();
    } catch (error) {
      count('errors_total', { place: 'object' });
      log.error('processing stopped, the alarm resumes it', { error });
    } finally {
      this.working = false;
      await this.ports.onIdle();
    }
  }

  private isDue(): boolean {
    const now = Date.now();
    const due = this.ports.stores.tasks.nextDue(now);
    return due !== null && due <= now;
  }

  /** Embeds all that is due, in turn with the other objects. @returns false if the model is away: the alarm goes on then */
  private async batches(): Promise<boolean> {
    const { tasks } = this.ports.stores;
    for (let isFirst = true; ; isFirst = false) {
      const texts = tasks.openTexts(pacer.batch(Date.now(), isFirst));
      if (texts === 0) return true;
      const place = await this.turn(texts);
      let done = 0;
      try {
        const came = await this.batch(texts);
        if (came !== 'done') return came === 'idle';
        done = texts;
      } finally {
        pacer.ended(place, done, Date.now());
      }
    }
  }

  private async batch(limit: number): Promise<'idle' | 'done' | 'postponed'> {
    const start = performance.now();
    this.placed = 0;
    const came = await inOrigin(this.origin, () =>
      span('object process', 'internal', {}, () => processBatch(this.processPorts(), limit)),
    );
    if (came === 'idle') return came;
    count('processing_batches_total', { outcome: came === 'done' ? 'ok' : 'error' });
    // a batch that only closes a task concludes nothing
    if (this.placed > 0) observe('cms_inference_duration_seconds', secondsSince(start), { operation: 'update' });
    return came;
  }

  /** Does some of what may wait for new messages. @returns whether more is left */
  private async backlog(): Promise<boolean> {
    const { palace, mirror, archaeology } = this.ports;
    const place = pacer.isBusy(Date.now()) ? await this.turn(1) : null;
    try {
      const more = (await palace.placeBacklog(Date.now())) || mirror.catchUp() || (await archaeology.step());
      if (more) await scheduler.wait(0); // others may come in between
      return more;
    } finally {
      if (place) pacer.ended(place, 0, Date.now());
    }
  }

  /** Waits until this object may work. Who called ends it. */
  private async turn(texts: number): Promise<Place> {
    const place = pacer.queue(Date.now(), texts);
    for (let wait = pacer.wait(place, Date.now()); wait > 0; wait = pacer.wait(place, Date.now())) {
      await scheduler.wait(wait);
    }
    return place;
  }

  /** Settles when the task has ended, or after `LONGEST_WAIT_MS`. */
  async ended(id: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.waiting.get(id) ?? new Set();
    this.waiting.set(id, waiting.add(resolve));
    await within(promise, LONGEST_WAIT_MS, undefined);
    waiting.delete(resolve);
    if (waiting.size === 0) this.waiting.delete(id);
  }

  /** Tells those who wait, and the sockets, of tasks that have just ended. */
  announceEnds(ids: readonly string[]): void {
    const events = ids.flatMap((id): NewEvent[] => {
      const row = this.ports.stores.tasks.find(id);
      const task_id = taskId(id, this.ports.userId());
      if (row && row.finished_at !== null) count('tasks_total', { outcome: endOf(row.state) });
      if (row?.state === 'completed') return [{ type: 'task.completed', task_id }];
      if (row?.state === 'failed') return [{ type: 'task.failed', task_id, error: row.error ?? '' }];
      return [];
    });
    this.ports.announce(events);
    for (const id of ids) for (const resolve of this.waiting.get(id) ?? []) resolve();
  }

  private processPorts(): ProcessPorts {
    const { stores } = this.ports;
    return {
      due: (now, limit) => stores.tasks.due(now, limit),
      textOf: embeddingText,
      embed: (texts) => this.embed(texts),
      complete: (slices, ready, faults, now) => this.complete(slices, ready, faults, now),
      postpone: (task, dueAt, error, now) => {
        count('tasks_total', { outcome: 'retried' });
        stores.tasks.postpone(task, dueAt, error, now);
      },
      fail: (slice, error, now) => {
        stores.tasks.fail(slice.task, error, now);
        this.announceEnds([slice.id]);
      },
      now: Date.now,
      random: Math.random,
    };
  }

  /** A memory's category is told with its vector: without the one, the other waits too. */
  private async embed(texts: string[]): Promise<Outcome<Embeddings>> {
    const { embedder, palace, scope } = this.ports;
    const answer = await span('embed', 'client', { texts: texts.length }, () =>
      embedder.embed(texts, undefined, scope()),
    );
    if (!answer.ok || (await palace.prepare(answer.value.model))) return answer;
    return refused('unavailable', 'The model has stopped answering.');
  }

  private complete(
    slices: readonly TaskSlice[],
    ready: readonly EmbeddedMessage[],
    faults: readonly Fault[],
    now: number,
  ): void {
    const { stores, palace, mirror, archaeology } = this.ports;
    const memories = ready.map(toMemory);
    this.placed += memories.length;
    const lives = this.change(() => {
      const placed = palace.place(memories, now);
      mirror.take(memories.map(({ row }) => row));
      archaeology.take(memories.map(({ row }) => row));
      for (const { task, error } of faults) stores.tasks.note(task, error);
      for (const { task, messages, last } of slices) {
        const [first, final] = [messages[0], messages.at(-1)];
        stores.tasks.advance(task, final?.row ?? 0, messages.length, last, now);
        if (first && final) stores.outbox.add(first.row, final.row);
      }
      return placed;
    });
    palace.settle(lives);
    this.ports.onMemories(memories);
    const searchable = stores.messages.byRows(memories.map(({ row }) => row));
    for (const { accepted_at } of searchable) observe('ingest_to_searchable_seconds', (now - accepted_at) / 1_000);
    const ids = searchable.map(({ id }) => id);
    if (ids.length > 0) this.ports.announce([{ type: 'memory.placed', message_ids: ids }]);
    mirror.settle();
    this.announceEnds(slices.filter(({ last }) => last).map(({ id }) => id));
  }

  /** A transaction; what is held in memory is read anew if it rolls back. */
  private change<T>(work: () => T): T {
    try {
      return this.ports.palace.change(work);
    } catch (error) {
      this.ports.mirror.reset();
      this.ports.archaeology.reset();
      throw error;
    }
  }
}

const endOf = (state: TaskState) => (state === 'completed' || state === 'cancelled' ? state : 'failed');

/** Not placed yet. */
function toMemory({ row, model, vector }: EmbeddedMessage): Memory {
  const { bytes, scale } = quantize(vector);
  return { row, model, scale, vector: bytes, position: [0, 0, 0] };
}
