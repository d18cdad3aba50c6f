import { Category, Layout } from '../../src/palace/rooms/contract.ts';
import type { RecordKind } from '../../src/person/record-kinds.ts';
import { Architect } from '../palace/architect.ts';
import type { RecordBody, RecordGroup, RecordPlace, RecordState } from '../stores/record-store.ts';
import type { Stores } from '../stores/stores.ts';
import { type RecordTable, tableGroup } from './record-tables.ts';

/** Everything of a person that is no message. Register a new table group here, and its triggers in a migration. */
const TABLES: Readonly<Record<Exclude<RecordKind, 'palace'>, RecordTable>> = {
  'room-name': {
    table: 'room_name',
    number: 'row',
    keys: ['id'],
    references: [{ column: 'palace', table: 'palace' }],
  },
  consent: { table: 'consent', number: null, keys: ['inference'] },
  audit: { table: 'audit', number: 'seq', keys: ['seq', 'at'] },
  trail: {
    table: 'trail',
    number: 'row',
    keys: ['id'],
    references: [{ column: 'palace', table: 'palace' }],
    children: { table: 'trail_stop', parent: 'trail', order: 'number' },
  },
  decision: { table: 'decision', number: 'row', keys: ['id'] },
  prediction: { table: 'prediction', number: 'row', keys: ['id', 'version'] },
  reconstruction: {
    table: 'reconstruction',
    number: 'row',
    keys: ['id'],
    children: { table: 'reconstruction_source', parent: 'reconstruction', order: 'message_id' },
  },
  'other-copy': { table: 'other_copy', number: 'row', keys: ['id'] },
  dig: {
    table: 'dig',
    number: 'row',
    keys: ['id'],
    children: { table: 'dig_note', parent: 'dig', order: 'row' },
  },
};

/** Records of one person, of all kinds. */
export class RecordGroups {
  private readonly groups: Readonly<Record<RecordKind, RecordGroup>>;
  private readonly stores: Stores;

  constructor(sql: SqlStorage, stores: Stores) {
    this.stores = stores;
    const tables = Object.entries(TABLES).map(([kind, table]) => [kind, tableGroup(sql, table)]);
    this.groups = { ...Object.fromEntries(tables), palace: palaceGroup(stores) };
  }

  /** The oldest changes that Postgres has yet to hear of, as the records are now. */
  changed(limit: number): RecordState[] {
    const changes = this.stores.records.oldest(limit);
    return changes.map(({ seq, kind, id }) => ({ kind, id, seq, body: this.dump(kind, id) }));
  }

  dump(kind: RecordKind, id: string): RecordBody | null {
    return this.groups[kind].dump(id);
  }

  /** Those of a kind after a place, whole. */
  page(
    kind: RecordKind,
    after: RecordPlace | null,
    limit: number,
  ): { id: string; place: RecordPlace; body: RecordBody }[] {
    const group = this.groups[kind];
    return group.page(after, limit).flatMap(({ id, place }) => {
      const body = group.dump(id);
      return body ? [{ id, place, body }] : [];
    });
  }

  /**
   * Takes back what Postgres kept, in the order of `RECORD_KINDS`. What is here stays, and so does that something was
   * deleted here, though Postgres has yet to hear of either. To be called within a transaction.
   */
  takeBack(records: readonly { kind: RecordKind; id: string; body: RecordBody }[]): void {
    const { records: changes, consents } = this.stores;
    for (const { kind, id, body } of records) {
      if (changes.isNoted(kind, id)) continue;
      const here = this.groups[kind].load(body);
      if (here === id) changes.unnote(kind, id);
      else changes.note(kind, id); // it is known by another id now: Postgres forgets this one
    }
    consents.reread();
  }

  /**
   * Takes records of an archive in, to be told to Postgres. To be called within a transaction.
   * @returns how many have a place here now
   */
  take(records: readonly { kind: RecordKind; body: RecordBody }[]): number {
    const taken = records.filter(({ kind, body }) => this.groups[kind].load(body) !== null).length;
    this.stores.consents.reread();
    return taken;
  }
}

/** A palace is its layout and which of its rooms are open: doors, anchors and borders follow from them. */
function palaceGroup(stores: Stores): RecordGroup {
  const all = () => stores.palaces.all();
  return {
    dump(id) {
      const palace = all().find((one) => one.id === id);
      if (!palace) return null;
      const { name, layout, isDefault, createdAt } = palace;
      const rooms = stores.palaces.rooms(palace.row).map(({ theme, ordinal }) => ({ theme, ordinal }));
      return { id, name, layout, isDefault, createdAt, rooms };
    },

    load({ id, name, layout: shape, isDefault, createdAt, rooms }) {
      const layout = Layout.safeParse(shape);
      if (!layout.success) return null;
      const architect = new Architect(stores); // of this transaction only: it may roll back
      const palace =
        architect.byId(String(id)) ??
        architect.build(
          String(id),
          String(name),
          layout.data,
          isDefault === true && !architect.all().some((other) => other.isDefault),
          Number(createdAt),
        );
      for (const { theme, ordinal } of rooms as { theme: string; ordinal: number }[]) {
        const category = Category.safeParse(theme); // halls stand from the start
        if (category.success) architect.roomAt(palace, category.data, ordinal);
      }
      return palace.id;
    },

    page: (after, limit) =>
      all()
        .filter(({ row }) => after === null || row > Number(after))
        .slice(0, limit)
        .map(({ id, row }) => ({ id, place: row })),
  };
}
