import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PagedMessage, PageMark, StoredMessage } from '../../src/persistence/messages.ts';
import { type RestorePorts, restore } from '../../src/person/restore.ts';

const stored = (count: number) => Array.from({ length: count }, (_, seq) => ({ seq, id: `${seq}` }) as StoredMessage);

/** Postgres with `rows`, and an object that has taken back nothing yet. */
function scene(rows: StoredMessage[]) {
  const object = { taken: [] as PagedMessage[], cursor: null as PageMark | null, finished: false };
  const noRecords = {
    recordKinds: async () => [],
    recordPage: async () => [],
    recordCursor: () => null,
    takeRecords: () => {},
  };
  const ports: RestorePorts = {
    ...noRecords,
    page: async (after, limit) => rows.filter((row) => after === null || row.seq > after.seq).slice(0, limit),
    cursor: () => object.cursor,
    take: (page) => {
      object.taken.push(...page);
      object.cursor = page.at(-1)!;
    },
    finish: () => {
      object.finished = true;
    },
  };
  return { object, ports };
}

it('says that Postgres has nothing, and leaves the object untouched', async () => {
  const { object, ports } = scene([]);
  expect(await restore(ports)).toBe(false);
  expect(object).toEqual({ taken: [], cursor: null, finished: false });
});

it.each([1, 499, 500, 501, 1_000, 1_001])('takes back %i messages, each once and in order', async (count) => {
  const { object, ports } = scene(stored(count));
  expect(await restore(ports)).toBe(true);
  expect(object.taken).toEqual(stored(count));
  expect(object.finished).toBe(true);
});

it('goes on where an interrupted one stopped', async () => {
  const failures = fc.array(fc.boolean(), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.nat(1_700), fc.constantFrom(500, 1_000)), failures, async (count, fails) => {
      const { object, ports } = scene(stored(count));
      const plan = [...fails];
      const flaky: RestorePorts = {
        ...ports,
        page: (after, limit) => (plan.shift() ? Promise.reject(new Error('down')) : ports.page(after, limit)),
      };
      let answer: boolean | null = null;
      while (answer === null) answer = await restore(flaky).catch(() => null);
      expect(answer).toBe(count > 0);
      expect(object.taken).toEqual(stored(count));
      expect(object.finished).toBe(count > 0);
    }),
    { numRuns: 50 },
  );
});

it('does not count as finished while Postgres fails', async () => {
  const { object, ports } = scene(stored(600));
  const down = async (after: PageMark | null, limit: number) => {
    if (after !== null) throw new Error('down');
    return ports.page(after, limit);
  };
  await expect(restore({ ...ports, page: down })).rejects.toThrow('down');
  expect(object.taken).toHaveLength(500);
  expect(object.finished).toBe(false);
});
