import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';
import {
  establish,
  isMigrated,
  type Migration,
  migrate,
  USER_MEMORY_MIGRATIONS,
} from '../../durable-objects/migrations.ts';
import { USER_MEMORY_SCHEMA } from '../../durable-objects/schema.ts';
import { idempotencyStore } from '../../durable-objects/stores/idempotency-store.ts';
import { recordStore } from '../../durable-objects/stores/record-store.ts';

let name: string;
beforeEach(() => {
  name = crypto.randomUUID();
});

/** Works on the storage of an object that holds nothing yet. */
const onStorage = (work: (storage: DurableObjectStorage) => void) =>
  runInDurableObject(env.USER_MEMORY.getByName(name), (_object, { storage }) => work(storage));

/** Tables with their columns and kinds, indexes and triggers, and what is stored in those that the steps write; spaces and comments apart. */
function shapeOf(sql: SqlStorage) {
  const words = (text: string) => text.replace(/--.*$/gm, '').split(/\s+/).join(' ').trim();
  const all = sql.exec<{ type: string; name: string; sql: string }>(
    "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB '_cf_*' ORDER BY type, name",
  );
  const shapes = all.toArray().map(({ type, name: its, sql: text }) => {
    if (type !== 'table') return [type, its, words(text)];
    const columns = sql.exec('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', its).toArray();
    const keys = sql
      .exec('SELECT name, "unique", origin, partial FROM pragma_index_list(?) ORDER BY name', its)
      .toArray();
    const kinds = /\)([^)]*)$/.exec(words(text))![1];
    return [type, its, columns, keys, kinds, /AUTOINCREMENT/.test(text)];
  });
  const counted = sql.exec('SELECT name, seq > 1000000 AS is_late FROM sqlite_sequence ORDER BY name').toArray();
  return [shapes, counted, sql.exec('SELECT id FROM migration ORDER BY id').toArray()];
}

const STEPS: Migration[] = [
  { id: '001', sql: 'CREATE TABLE a (x INTEGER)' },
  { id: '002', sql: 'CREATE TABLE b (x INTEGER); CREATE TABLE c (x INTEGER)' },
];

it('applies what is missing, once', () =>
  onStorage((storage) => {
    migrate(storage, STEPS.slice(0, 1));
    storage.sql.exec('INSERT INTO a VALUES (7)');
    migrate(storage, STEPS);
    migrate(storage, STEPS);
    expect(storage.sql.exec('SELECT x FROM a').one()).toEqual({ x: 7 });
    expect(storage.sql.exec('SELECT COUNT(*) AS n FROM c').one()).toEqual({ n: 0 });
  }));

it('applies all of a step or nothing', () =>
  onStorage((storage) => {
    const broken = [STEPS[0]!, { id: '002', sql: 'CREATE TABLE b (x INTEGER); CREATE TABLE a (x INTEGER)' }];
    expect(() => migrate(storage, broken)).toThrow();
    migrate(storage, STEPS); // had table b stayed, this would fail
    expect(storage.sql.exec('SELECT COUNT(*) AS n FROM b').one()).toEqual({ n: 0 });
  }));

it('refuses a history that was changed', () =>
  onStorage((storage) => {
    migrate(storage, STEPS);
    expect(() => migrate(storage, STEPS.toReversed())).toThrow('migration 0');
  }));

it('leaves the tables of a later release alone, so that a release can be rolled back', () =>
  onStorage((storage) => {
    migrate(storage, STEPS);
    storage.sql.exec('INSERT INTO b VALUES (7)');
    migrate(storage, STEPS.slice(0, 1));
    migrate(storage, STEPS);
    expect(storage.sql.exec('SELECT x FROM b').one()).toEqual({ x: 7 });
  }));

it('makes for a new person at once the tables that all steps together make', async () => {
  const shapes: unknown[] = [];
  await onStorage((storage) => {
    migrate(storage, USER_MEMORY_MIGRATIONS);
    shapes.push(shapeOf(storage.sql));
  });
  name = crypto.randomUUID();
  await onStorage((storage) => {
    establish(storage, USER_MEMORY_SCHEMA, USER_MEMORY_MIGRATIONS);
    shapes.push(shapeOf(storage.sql));
    migrate(storage, USER_MEMORY_MIGRATIONS);
    shapes.push(shapeOf(storage.sql));
  });
  expect(shapes[1]).toEqual(shapes[0]);
  expect(shapes[2]).toEqual(shapes[0]);
});

it('makes all tables of a new person or none', () =>
  onStorage((storage) => {
    const late = [...STEPS, STEPS[0]!]; // its entry is there when it is noted the second time
    expect(() => establish(storage, 'CREATE TABLE a (x INTEGER)', late)).toThrow();
    expect(isMigrated(storage.sql)).toBe(false);
    establish(storage, 'CREATE TABLE a (x INTEGER)', STEPS);
    expect(storage.sql.exec('SELECT COUNT(*) AS n FROM a').one()).toEqual({ n: 0 });
  }));

it('goes through the steps that are missing where a person is held already', () =>
  onStorage((storage) => {
    migrate(storage, STEPS.slice(0, 1));
    storage.sql.exec('INSERT INTO a VALUES (7)');
    establish(storage, 'CREATE TABLE never (x INTEGER)', STEPS);
    expect(storage.sql.exec('SELECT x FROM a').one()).toEqual({ x: 7 });
    expect(storage.sql.exec('SELECT COUNT(*) AS n FROM c').one()).toEqual({ n: 0 });
  }));

it('keeps the rows of every earlier step of a person', () =>
  onStorage((storage) => {
    migrate(storage, USER_MEMORY_MIGRATIONS.slice(0, 1));
    storage.sql.exec(`INSERT INTO message (id, natural_key, conversation_id, role, content, sent_at, accepted_at)
                      VALUES ('i', 'k', 'c', 'user', 'kept', 1, 2)`);
    migrate(storage, USER_MEMORY_MIGRATIONS);
    expect(storage.sql.exec('SELECT row, content FROM message').one()).toEqual({ row: 1, content: 'kept' });
  }));

it('keeps the answers that the step before the mirror had given, as resting on no consent', () =>
  onStorage((storage) => {
    const step = USER_MEMORY_MIGRATIONS.findIndex(({ id }) => id === '005_mirror');
    migrate(storage, USER_MEMORY_MIGRATIONS.slice(0, step));
    storage.sql.exec("INSERT INTO idempotency (key, fingerprint, answer, at) VALUES ('k', 'f', '{}', 1)");
    migrate(storage, USER_MEMORY_MIGRATIONS);
    const answers = idempotencyStore(storage.sql);
    answers.add('mirror', 'f', '{}', 2, ['style', 'prediction']);
    answers.forget('emotion');
    expect(answers.find('mirror', 2)).not.toBeNull();
    answers.forget('style');
    expect([answers.find('k', 2), answers.find('mirror', 2)]).toEqual([{ fingerprint: 'f', answer: '{}' }, null]);
  }));

it('notes for Postgres what the steps before the records had stored, and every change since', () =>
  onStorage((storage) => {
    const noted = () =>
      recordStore(storage.sql)
        .oldest(10)
        .map(({ kind, id }) => [kind, id]);
    const step = USER_MEMORY_MIGRATIONS.findIndex(({ id }) => id === '008_records');
    migrate(storage, USER_MEMORY_MIGRATIONS.slice(0, step));
    storage.sql.exec("INSERT INTO consent (inference, granted, changed_at) VALUES ('style', 1, 5)");
    storage.sql.exec("INSERT INTO audit (at, action, inferences, key_id, request_id) VALUES (9, 'a', '[]', 'k', 'r')");
    migrate(storage, USER_MEMORY_MIGRATIONS);
    expect(noted()).toEqual([
      ['consent', 'style'],
      ['audit', '1/9'],
    ]);
    storage.sql.exec("INSERT OR REPLACE INTO consent (inference, granted, changed_at) VALUES ('style', 0, 6)");
    storage.sql.exec('DELETE FROM audit');
    expect(noted()).toEqual([
      ['consent', 'style'],
      ['audit', '1/9'],
    ]);
  }));

it('tells an object that holds nothing from one that does', () =>
  onStorage((storage) => {
    expect(isMigrated(storage.sql)).toBe(false);
    migrate(storage, USER_MEMORY_MIGRATIONS);
    expect(isMigrated(storage.sql)).toBe(true);
  }));

it('never gives the number of a deleted row to another message', () =>
  onStorage((storage) => {
    migrate(storage, USER_MEMORY_MIGRATIONS);
    const insert = (key: string) =>
      storage.sql
        .exec(
          `INSERT INTO message (id, natural_key, conversation_id, role, content, sent_at, accepted_at)
           VALUES ('i', ?, 'c', 'user', 'x', 1, 2) RETURNING row`,
          key,
        )
        .one().row;
    expect(insert('a')).toBe(1);
    storage.sql.exec('DELETE FROM message');
    expect(insert('b')).toBe(2);
  }));

it('keeps changes of a kind that only a later release knows, and holds up no other for them', () =>
  onStorage((storage) => {
    migrate(storage, USER_MEMORY_MIGRATIONS);
    const records = recordStore(storage.sql);
    const all = () => storage.sql.exec('SELECT kind FROM record_change').toArray();
    storage.sql.exec("INSERT INTO record_change (kind, id) VALUES ('of a later release', '1'), ('trail', '2')");
    expect([records.count(), records.oldest(10).map(({ kind }) => kind)]).toEqual([1, ['trail']]);
    records.removeThrough(Number.MAX_SAFE_INTEGER);
    expect([records.isEmpty(), all()]).toEqual([true, [{ kind: 'of a later release' }]]);
  }));
