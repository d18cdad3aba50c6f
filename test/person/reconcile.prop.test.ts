import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StoredMessage } from '../../src/persistence/messages.ts';
import { compare, type ReconcilePorts } from '../../src/person/reconcile.ts';

interface Row {
  seq: number;
  content: string;
}

const message = ({ seq, content }: Row) =>
  ({ seq, id: `m${seq}`, content, vector: null, strength: 0.5 }) as StoredMessage;
const record = ({ seq, content }: Row) => ({ id: `r${seq}`, kind: 'trail', seq, body: { content } });

/** Two sides as arrays; both page as the real ones do. */
function portsOf(here: Row[], there: Row[]): ReconcilePorts {
  const after = (rows: Row[], seq: number, limit: number) => rows.filter((row) => row.seq > seq).slice(0, limit);
  const byId = (rows: Row[]) => rows.map(record).sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    kinds: ['trail'],
    object: {
      messages: async (row, limit) => ({ rows: after(here, row, limit).map(message), bornAt: 7, unsaved: 0 }),
      records: async (_kind, place, limit) =>
        after(here, Number(place ?? 0), limit).map((row) => ({ ...record(row), place: String(row.seq) })),
    },
    postgres: {
      messages: async (last, limit) => after(there, last?.seq ?? 0, limit).map(message),
      records: async (_kind, id, limit) =>
        byId(there)
          .filter((row) => id === null || row.id > id)
          .slice(0, limit),
    },
  };
}

const side = fc
  .uniqueArray(fc.record({ seq: fc.integer({ min: 1, max: 450 }), content: fc.constantFrom('a', 'b') }), {
    maxLength: 450,
    selector: ({ seq }) => seq,
  })
  .map((rows) => rows.toSorted((a, b) => a.seq - b.seq));

it('names exactly what is missing, other or too much, on pages of any fill', async () => {
  await fc.assert(
    fc.asyncProperty(side, side, async (here, there) => {
      const [ours, theirs] = [here, there].map((rows) => new Map(rows.map(({ seq, content }) => [seq, content])));
      const differs = here.filter(({ seq, content }) => theirs!.get(seq) !== content).map(({ seq }) => seq);
      const surplus = there.filter(({ seq, content }) => ours!.get(seq) !== content).map(({ seq }) => seq);
      const found = await compare(portsOf(here, there));
      expect(found.messages.map(({ seq }) => seq)).toEqual(differs);
      expect(found.surplusMessages).toEqual(surplus.map((seq) => `m${seq}`));
      expect(found.records.map(({ id }) => id)).toEqual(differs.map((seq) => `r${seq}`));
      const onlyThere = there.filter(({ seq }) => !ours!.has(seq)).map(({ seq }) => `r${seq}`);
      expect(found.surplusRecords.map(({ id }) => id).toSorted()).toEqual(onlyThere.toSorted());
      for (const { object, postgres } of found.comparisons) {
        expect([object.count, postgres.count]).toEqual([here.length, there.length]);
        if (differs.length + surplus.length === 0) expect(object.sum).toBe(postgres.sum);
        else expect(object.sum).not.toBe(postgres.sum);
      }
    }),
    { numRuns: 60 },
  );
});
