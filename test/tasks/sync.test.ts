import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StoredMessage } from '../../src/persistence/messages.ts';
import { type ChangeSet, type LifeWriter, type SyncPorts, syncUser } from '../../src/tasks/sync.ts';

const row = (id: string, content = id) => ({ id, content }) as StoredMessage;

/** An object whose messages and outbox are lists, and Postgres as a map from id to content. */
function scene() {
  const messages = new Map<string, string>();
  const postgres = new Map<string, string>();
  let outbox: { id: number; message: string; deleted: boolean }[] = [];
  let next = 1;
  const writer: LifeWriter = {
    async upsert(rows) {
      for (const { id, content } of rows) if (!postgres.has(id)) postgres.set(id, content); // as `ON CONFLICT DO NOTHING`
      return null;
    },
    async remove(ids) {
      for (const id of ids) postgres.delete(id);
      return null;
    },
    saveRecords: async () => null,
  };
  const ports: SyncPorts = {
    writer: () => writer,
    async changes(): Promise<ChangeSet | null> {
      const entries = outbox.slice(0, 3);
      if (entries.length === 0) return null;
      const rows = entries.flatMap(({ message, deleted }) =>
        !deleted && messages.has(message) ? [row(message, messages.get(message))] : [],
      );
      const deletedIds = entries.flatMap(({ message, deleted }) => (deleted ? [message] : []));
      return {
        rows,
        deletedIds,
        records: [],
        bornAt: 0,
        through: { id: entries.at(-1)!.id + 1, row: 0, record: 0 },
        more: outbox.length > 3,
      };
    },
    async confirm({ id }) {
      outbox = outbox.filter((entry) => entry.id >= id);
    },
    async release() {},
    async setAside() {},
    async outlive() {},
  };
  return {
    messages,
    postgres,
    ports,
    outboxSize: () => outbox.length,
    write(id: string, content: string) {
      if (messages.has(id)) return;
      messages.set(id, content);
      outbox.push({ id: next++, message: id, deleted: false });
    },
    remove(id: string) {
      if (messages.delete(id)) outbox.push({ id: next++, message: id, deleted: true });
    },
  };
}

it('does nothing when everything is saved', async () => {
  const { ports } = scene();
  const calls: string[] = [];
  await syncUser({
    ...ports,
    writer: () => ({
      ...ports.writer(0),
      upsert: async () => {
        calls.push('upsert');
        return null;
      },
    }),
    confirm: async () => void calls.push('confirm'),
  });
  expect(calls).toEqual([]);
});

it('gives a change set back when it cannot be saved', async () => {
  const { ports, write } = scene();
  write('a', 'a');
  const calls: string[] = [];
  const failing: SyncPorts = {
    ...ports,
    writer: () => ({ ...ports.writer(0), upsert: () => Promise.reject(new Error('down')) }),
    release: async () => void calls.push('release'),
    confirm: async () => void calls.push('confirm'),
  };
  await expect(syncUser(failing)).rejects.toThrow('down');
  expect(calls).toEqual(['release']);
});

it('confirms only what is saved', async () => {
  const { ports, write, outboxSize, postgres } = scene();
  write('a', 'a');
  const failing: SyncPorts = {
    ...ports,
    writer: () => ({ ...ports.writer(0), upsert: () => Promise.reject(new Error('down')) }),
  };
  await expect(syncUser(failing)).rejects.toThrow('down');
  expect(outboxSize()).toBe(1);
  await syncUser(ports);
  expect([outboxSize(), postgres.get('a')]).toEqual([0, 'a']);
});

it('ends as deleted what was written and deleted between two syncs', async () => {
  const { ports, write, remove, postgres } = scene();
  write('a', 'a');
  remove('a');
  await syncUser(ports);
  expect(postgres.size).toBe(0);
});

it('saves what was deleted and sent again with other words, and keeps nothing of the old', async () => {
  const { ports, write, remove, postgres } = scene();
  write('a', 'old');
  await syncUser(ports);
  remove('a');
  write('a', 'new');
  await syncUser(ports);
  expect([...postgres]).toEqual([['a', 'new']]);
});

it('sets aside the rows that Postgres refuses by themselves, and saves all others', async () => {
  const ids = Array.from({ length: 9 }, (_, i) => `${i}`);
  const refused = Object.assign(new Error('quotes what was written'), { code: '22P05' });
  await fc.assert(
    fc.asyncProperty(fc.subarray(ids), async (poison) => {
      const { ports, write, postgres } = scene();
      for (const id of ids) write(id, id);
      const aside: unknown[] = [];
      await syncUser({
        ...ports,
        writer: () => ({
          ...ports.writer(0),
          upsert: async (rows) => {
            if (rows.some(({ id }) => poison.includes(id))) throw refused;
            return ports.writer(0).upsert(rows);
          },
        }),
        setAside: async (rows) => void aside.push(...rows),
      });
      expect(aside).toEqual(poison.map((id) => ({ kind: 'message', id, error: 'SQLSTATE 22P05' })));
      expect([...postgres.keys()]).toEqual(ids.filter((id) => !poison.includes(id)));
    }),
  );
});

it('drops what is of a life that has ended, and saves what a later one gives out', async () => {
  const { ports, write, postgres, outboxSize } = scene();
  write('a', 'a');
  let bornAt = 1;
  await syncUser({
    ...ports,
    changes: async () => {
      const set = await ports.changes();
      return set && { ...set, bornAt };
    },
    writer: (born) => ({
      ...ports.writer(born),
      upsert: async (rows) => (born <= 5 ? 5 : ports.writer(born).upsert(rows)),
    }),
    outlive: async (erasedAt) => {
      expect([outboxSize(), postgres.size]).toEqual([1, 0]);
      bornAt = erasedAt + 1;
    },
  });
  expect([...postgres]).toEqual([['a', 'a']]);
});

it('stops after a bounded number of sets, and the next one goes on', async () => {
  const { ports } = scene();
  let confirmed = 0;
  const endless: SyncPorts = {
    ...ports,
    changes: async () => ({
      rows: [],
      deletedIds: [],
      records: [],
      bornAt: 0,
      through: { id: 1, row: 0, record: 0 },
      more: true,
    }),
    confirm: async () => void confirmed++,
  };
  await syncUser(endless);
  expect(confirmed).toBeGreaterThan(0);
  expect(confirmed).toBeLessThanOrEqual(1_000);
});

it('makes Postgres equal to the object, whatever happens and fails in between', async () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), id, content: fc.constantFrom('one', 'two') }),
    fc.record({ kind: fc.constant('remove' as const), id }),
    fc.record({ kind: fc.constant('sync' as const), failAt: fc.integer({ min: 0, max: 6 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const object = scene();
      for (const s of steps) {
        if (s.kind === 'write') object.write(s.id, s.content);
        else if (s.kind === 'remove') object.remove(s.id);
        else await syncUser(failing(object.ports, s.failAt)).catch(() => {});
      }
      await syncUser(object.ports);
      expect(new Map([...object.postgres].toSorted())).toEqual(new Map([...object.messages].toSorted()));
      expect(object.outboxSize()).toBe(0);
    }),
    { numRuns: 500 },
  );
});

/** The call with number `failAt` does its work, and its answer is lost. */
function failing(ports: SyncPorts, failAt: number): SyncPorts {
  let calls = 0;
  const lost = async <T>(work: Promise<T>): Promise<T> => {
    const answer = await work;
    if (calls++ === failAt) throw new Error('lost');
    return answer;
  };
  return {
    changes: () => lost(ports.changes()),
    writer: (bornAt) => ({
      upsert: (rows) => lost(ports.writer(bornAt).upsert(rows)),
      remove: (ids) => lost(ports.writer(bornAt).remove(ids)),
      saveRecords: (records) => lost(ports.writer(bornAt).saveRecords(records)),
    }),
    confirm: (through) => lost(ports.confirm(through)),
    release: () => lost(ports.release()),
    setAside: (rows) => lost(ports.setAside(rows)),
    outlive: (erasedAt) => lost(ports.outlive(erasedAt)),
  };
}
