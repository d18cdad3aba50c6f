import type { Embeddings } from '../embedding/embedder.ts';
import type { Outcome } from '../shared/errors.ts';
import { backoffMs, MAX_ATTEMPTS } from './backoff.ts';

/** Texts embedded at once (DESIGN.md, "The way of a message"). */
export const MICRO_BATCH = 16;
/** … while messages arrive: inference holds the thread, and each request needs several turns of it. */
export const BUSY_BATCH = 2;

export interface PendingMessage {
  row: number;
  speaker: string | null;
  content: string;
}

/** The part of one task that a micro-batch takes. `last`: nothing of the task is left after it. */
export interface TaskSlice {
  task: number;
  id: string;
  attempts: number;
  messages: PendingMessage[];
  last: boolean;
}

/** A message and its vector, [dimensions] float32. */
export interface EmbeddedMessage {
  row: number;
  model: string;
  vector: Float32Array;
}

/** What processing needs. The Durable Object gives SQL and the embedder, a test gives arrays. */
export interface ProcessPorts {
  due(now: number, limit: number): TaskSlice[];
  /** what stands for a message before the model */
  textOf(message: PendingMessage): string;
  embed(texts: string[]): Promise<Outcome<Embeddings>>;
  /** stores what is ready and moves the tasks on, in one transaction */
  complete(
    slices: readonly TaskSlice[],
    ready: readonly EmbeddedMessage[],
    faults: readonly Fault[],
    now: number,
  ): void;
  postpone(task: number, dueAt: number, error: string, now: number): void;
  fail(slice: TaskSlice, error: string, now: number): void;
  now(): number;
  random(): number;
}

/** A message that the model refuses for good. It stays findable by its words. */
export interface Fault {
  task: number;
  error: string;
}

/**
 * Embeds the next micro-batch. A model that is away postpones its tasks with backoff, and ends them as failed after
 * `MAX_ATTEMPTS`; a text that the model refuses is tried alone, and holds up no other.
 *
 * @param limit texts at once
 * @returns `idle` if nothing was due
 */
export async function processBatch(ports: ProcessPorts, limit = MICRO_BATCH): Promise<'idle' | 'done' | 'postponed'> {
  const slices = ports.due(ports.now(), limit);
  if (slices.length === 0) return 'idle';
  const owners = slices.flatMap(({ task, messages }) => messages.map((message) => ({ task, message })));
  const texts = owners.map(({ message }) => ports.textOf(message));
  const embedded = texts.length === 0 ? null : await ports.embed(texts);

  if (embedded && !embedded.ok && embedded.code !== 'unavailable' && owners.length > 1) {
    const singly = await embedSingly(ports, owners);
    if (singly) {
      ports.complete(slices, singly.ready, singly.faults, ports.now());
      return 'done';
    }
  }
  if (embedded && !embedded.ok) {
    if (embedded.code !== 'unavailable' && owners.length === 1) {
      ports.complete(slices, [], [{ task: owners[0]!.task, error: embedded.detail }], ports.now());
      return 'done';
    }
    for (const slice of slices) postponeOrFail(ports, slice, embedded.detail);
    return 'postponed';
  }
  const ready = embedded ? owners.map(({ message }, i) => pick(embedded.value, i, message.row)) : [];
  ports.complete(slices, ready, [], ports.now());
  return 'done';
}

/** @returns null if the model went away meanwhile */
async function embedSingly(ports: ProcessPorts, owners: readonly { task: number; message: PendingMessage }[]) {
  const ready: EmbeddedMessage[] = [];
  const faults: Fault[] = [];
  for (const { task, message } of owners) {
    const one = await ports.embed([ports.textOf(message)]);
    if (one.ok) ready.push(pick(one.value, 0, message.row));
    else if (one.code === 'unavailable') return null;
    else faults.push({ task, error: one.detail });
  }
  return { ready, faults };
}

function postponeOrFail(ports: ProcessPorts, slice: TaskSlice, error: string): void {
  const now = ports.now();
  const attempts = slice.attempts + 1;
  if (attempts >= MAX_ATTEMPTS) ports.fail(slice, error, now);
  else ports.postpone(slice.task, now + backoffMs(attempts, ports.random()), error, now);
}

const pick = ({ model, dimensions, vectors }: Embeddings, i: number, row: number): EmbeddedMessage => ({
  row,
  model,
  vector: vectors.subarray(i * dimensions, (i + 1) * dimensions),
});
