import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Embeddings } from '../../src/embedding/embedder.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { MAX_ATTEMPTS } from '../../src/tasks/backoff.ts';
import {
  BUSY_BATCH,
  type Fault,
  MICRO_BATCH,
  type ProcessPorts,
  processBatch,
  type TaskSlice,
} from '../../src/tasks/process.ts';

/** Vectors of one component: the length of the text. A text with "poison" is refused. */
function embedLengths(texts: string[]): Outcome<Embeddings> {
  if (texts.some((text) => text.includes('poison'))) return refused('invalid_input', 'The model refuses this.');
  return done({ model: 'lengths', dimensions: 1, vectors: Float32Array.from(texts, (text) => text.length) });
}

/** Tasks of texts, as the object's SQL keeps them. Rows are numbered through. */
function scene(tasks: string[][], embed: (texts: string[]) => Outcome<Embeddings> = embedLengths) {
  let row = 0;
  const state = tasks.map((texts, task) => ({
    task,
    id: `task ${task}`,
    attempts: 0,
    dueAt: 0,
    status: 'open' as 'open' | 'completed' | 'failed',
    error: null as string | null,
    faults: 0,
    waiting: texts.map((content) => ({ row: ++row, speaker: null, content })),
  }));
  const vectors = new Map<number, number>();
  const clock = { now: 1_000 };
  const calls: string[][] = [];
  const ports: ProcessPorts = {
    due(now, limit) {
      const slices: TaskSlice[] = [];
      let room = limit;
      for (const { task, id, attempts, waiting } of state.filter((t) => t.status === 'open' && t.dueAt <= now)) {
        if (room === 0) break;
        const messages = waiting.slice(0, room);
        slices.push({ task, id, attempts, messages, last: messages.length < room });
        room -= messages.length;
      }
      return slices;
    },
    textOf: ({ content }) => content,
    async embed(texts) {
      calls.push(texts);
      return embed(texts);
    },
    complete(slices, ready, faults: readonly Fault[]) {
      for (const { row, vector } of ready) vectors.set(row, vector[0]!);
      for (const { task, error } of faults) Object.assign(state[task]!, { error, faults: state[task]!.faults + 1 });
      for (const { task, messages, last } of slices) {
        const t = state[task]!;
        t.waiting = t.waiting.filter((m) => !messages.some((taken) => taken.row === m.row));
        if (t.faults === 0) t.error = null;
        if (last) t.status = t.faults === 0 ? 'completed' : 'failed';
      }
    },
    postpone(task, dueAt, error) {
      Object.assign(state[task]!, { dueAt, error, attempts: state[task]!.attempts + 1 });
    },
    fail({ task }, error) {
      Object.assign(state[task]!, { status: 'failed', error, attempts: state[task]!.attempts + 1 });
    },
    now: () => clock.now,
    random: () => 0,
  };
  return { state, vectors, calls, clock, ports };
}

it('does nothing when nothing is due', async () => {
  const { ports, calls } = scene([]);
  expect(await processBatch(ports)).toBe('idle');
  expect(calls).toEqual([]);
});

it('embeds a micro-batch over several tasks at once, and gives each row its own vector', async () => {
  const { ports, state, vectors, calls } = scene([['a'], ['bb', 'ccc']]);
  expect(await processBatch(ports)).toBe('done');
  expect(calls).toEqual([['a', 'bb', 'ccc']]);
  expect([...vectors]).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(state.map((t) => t.status)).toEqual(['completed', 'completed']);
});

it('takes fewer at once when it is told to, so that others get their turn', async () => {
  const { ports, calls } = scene([Array(MICRO_BATCH).fill('a')]);
  await processBatch(ports, BUSY_BATCH);
  expect(calls.map((texts) => texts.length)).toEqual([BUSY_BATCH]);
});

it('never embeds more than a micro-batch at once', async () => {
  const { ports, calls, vectors } = scene([Array(MICRO_BATCH + 4).fill('a'), ['b']]);
  while ((await processBatch(ports)) !== 'idle');
  expect(calls.map((texts) => texts.length)).toEqual([MICRO_BATCH, 5]);
  expect(vectors.size).toBe(MICRO_BATCH + 5);
});

it('completes a task that ends exactly with a micro-batch without asking the model again', async () => {
  const { ports, calls, state } = scene([Array(MICRO_BATCH).fill('a')]);
  while ((await processBatch(ports)) !== 'idle');
  expect(calls).toHaveLength(1);
  expect(state[0]!.status).toBe('completed');
});

it('postpones with growing backoff while the model is away, and loses nothing', async () => {
  let away = true;
  const away3 = scene([['a'], ['bb']], (texts) => (away ? refused('unavailable', 'Away.') : embedLengths(texts)));
  const { ports, state, clock, vectors } = away3;
  for (const wait of [1_000, 2_000, 4_000]) {
    expect(await processBatch(ports)).toBe('postponed');
    expect(await processBatch(ports)).toBe('idle'); // not due yet
    expect(state[0]).toMatchObject({ dueAt: clock.now + wait, error: 'Away.', status: 'open' });
    clock.now += wait;
  }
  away = false;
  expect(await processBatch(ports)).toBe('done');
  expect([...vectors]).toEqual([
    [1, 1],
    [2, 2],
  ]);
});

it('gives a task up visibly after its last attempt', async () => {
  const { ports, state, clock } = scene([['a']], () => refused('unavailable', 'Away.'));
  for (let i = 0; i < MAX_ATTEMPTS - 1; i++, clock.now += 300_000) await processBatch(ports);
  expect(state[0]!.status).toBe('open');
  await processBatch(ports);
  expect(state[0]).toMatchObject({ status: 'failed', error: 'Away.', attempts: MAX_ATTEMPTS });
});

it('tries texts one by one when the model refuses them together, so that one holds up no other', async () => {
  const { ports, state, vectors } = scene([['a', 'poison', 'ccc'], ['dddd']]);
  expect(await processBatch(ports)).toBe('done');
  expect([...vectors.keys()]).toEqual([1, 3, 4]);
  expect(state.map(({ status, error }) => [status, error])).toEqual([
    ['failed', 'The model refuses this.'],
    ['completed', null],
  ]);
});

it('ends a task whose only text is refused', async () => {
  const { ports, state } = scene([['poison']]);
  expect(await processBatch(ports)).toBe('done');
  expect(state[0]).toMatchObject({ status: 'failed', error: 'The model refuses this.' });
});

it('postpones all when the model goes away while texts are tried one by one', async () => {
  let calls = 0;
  const { ports, state, vectors } = scene([['a', 'poison', 'ccc']], (texts) =>
    ++calls > 2 ? refused('unavailable', 'Away.') : embedLengths(texts),
  );
  expect(await processBatch(ports)).toBe('postponed');
  expect(vectors.size).toBe(0);
  expect(state[0]).toMatchObject({ status: 'open', attempts: 1 });
});

it('ends with every good text embedded, whatever fails on the way', async () => {
  const text = fc.constantFrom('a', 'bb', 'poison', 'ccc');
  const tasks = fc.array(fc.array(text, { maxLength: 40 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(tasks, fc.array(fc.boolean(), { maxLength: 20 }), async (all, outages) => {
      const plan = [...outages];
      const { ports, state, vectors, clock } = scene(all, (texts) =>
        plan.shift() ? refused('unavailable', 'Away.') : embedLengths(texts),
      );
      for (let i = 0; i < 500 && state.some((t) => t.status === 'open'); i++) {
        if ((await processBatch(ports)) !== 'done') clock.now += 300_000;
      }
      const texts = all.flat();
      const good = texts.flatMap((content, i) => (content === 'poison' ? [] : [[i + 1, content.length]]));
      expect([...vectors].toSorted(([a], [b]) => a - b)).toEqual(good);
      expect(state.map((t) => t.status)).toEqual(all.map((t) => (t.includes('poison') ? 'failed' : 'completed')));
    }),
  );
});
