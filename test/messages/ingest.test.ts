import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type IngestStore, ingest, MAX_MESSAGES } from '../../src/messages/ingest.ts';
import { type PreparedMessage, prepareMessage } from '../../src/messages/natural-key.ts';
import { unwrap } from '../../src/shared/errors.ts';

const NOW = Date.UTC(2026, 0, 1);
const message = (n: number): PreparedMessage =>
  prepareMessage({ content: `number ${n}`, role: 'user', conversation_id: 'c', message_id: String(n) }, NOW);

/** Storage of arrays. Rows begin at 1 and only grow. */
function memoryStore(already = 0) {
  const rows: PreparedMessage[] = [];
  const tasks: Parameters<IngestStore['addTask']>[0][] = [];
  const changes: [number, number][] = [];
  const find = (key: string) => rows.find((row) => row.naturalKey === key);
  const store: IngestStore = {
    count: () => already + rows.length,
    insert: (m) => (find(m.naturalKey) ? null : rows.push(m)),
    idOf: (key) => find(key)?.id ?? null,
    addTask: (task) => void tasks.push(task),
    addChange: (first, last) => void changes.push([first, last]),
  };
  return { rows, tasks, changes, store };
}

it('stores messages in the order sent, with one task and one change for all', () => {
  const { rows, tasks, changes, store } = memoryStore();
  const sent = [message(1), message(2), message(3)];
  const answer = unwrap(ingest(store, sent, NOW));
  expect(rows).toEqual(sent);
  expect(answer).toMatchObject({ accepted: 3, messageIds: sent.map((m) => m.id) });
  expect(tasks).toEqual([{ id: answer.taskId, firstRow: 1, lastRow: 3, total: 3, now: NOW }]);
  expect(changes).toEqual([[1, 3]]);
});

it('answers a repetition with the ids that are there, a task without work, and no change', () => {
  const { tasks, changes, store } = memoryStore();
  const first = unwrap(ingest(store, [message(1)], NOW));
  const again = unwrap(ingest(store, [message(1)], NOW + 1));
  expect(again).toMatchObject({ accepted: 0, messageIds: first.messageIds });
  expect(tasks[1]).toMatchObject({ total: 0 });
  expect(tasks[1]!.lastRow).toBeLessThan(tasks[1]!.firstRow);
  expect(changes).toHaveLength(1);
});

it('stores what is new once, wherever the duplicates stand', () => {
  const batches = fc.array(fc.array(fc.nat(12), { minLength: 1, maxLength: 20 }), { maxLength: 6 });
  fc.assert(
    fc.property(batches, (sent) => {
      const { rows, tasks, changes, store } = memoryStore();
      const known = new Set<number>();
      for (const numbers of sent) {
        const fresh = [...new Set(numbers)].filter((n) => !known.has(n));
        const answer = unwrap(ingest(store, numbers.map(message), NOW));
        expect(answer.accepted).toBe(fresh.length);
        expect(answer.messageIds).toEqual(numbers.map((n) => message(n).id));
        const task = tasks.at(-1)!;
        expect(rows.slice(task.firstRow - 1, task.lastRow).map((row) => row.messageId)).toEqual(fresh.map(String));
        if (fresh.length > 0) expect(changes.at(-1)).toEqual([task.firstRow, task.lastRow]);
        for (const n of fresh) known.add(n);
      }
      expect(rows.map((row) => row.messageId)).toEqual([...known].map(String));
    }),
  );
});

it('refuses a batch that would pass the limit, and stores nothing of it', () => {
  const { rows, tasks, store } = memoryStore(MAX_MESSAGES - 1);
  expect(ingest(store, [message(1), message(2)], NOW)).toMatchObject({ ok: false, code: 'conflict' });
  expect([rows, tasks]).toEqual([[], []]);
  expect(ingest(store, [message(1)], NOW).ok).toBe(true);
});

it('answers what is sent again also where no more fit, and refuses only what is new', () => {
  const { rows, store } = memoryStore(MAX_MESSAGES - 1);
  const first = unwrap(ingest(store, [message(1)], NOW));
  const again = unwrap(ingest(store, [message(1), message(1)], NOW + 1));
  expect(again).toMatchObject({ accepted: 0, messageIds: [...first.messageIds, ...first.messageIds] });
  expect(ingest(store, [message(1), message(2)], NOW + 2)).toMatchObject({ ok: false, code: 'conflict' });
  expect(rows).toEqual([message(1)]);
});

it('counts a message that is twice in a batch once against the limit', () => {
  const { rows, store } = memoryStore(MAX_MESSAGES - 1);
  expect(unwrap(ingest(store, [message(1), message(1)], NOW)).accepted).toBe(1);
  expect(rows).toHaveLength(1);
});
