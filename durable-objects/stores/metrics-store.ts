import type { Slots } from '../../src/metrics/people.ts';
import type { Family } from '../../src/metrics/totals.ts';

/** Every statement of the metrics hub: a row a metric and a row a slot, since rows are what is billed. */
export function metricsStore(sql: SqlStorage) {
  sql.exec('CREATE TABLE IF NOT EXISTS family (name TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT');
  sql.exec('CREATE TABLE IF NOT EXISTS people (slot TEXT PRIMARY KEY, registers BLOB NOT NULL) STRICT');
  return {
    families: (): { name: string; family: Family }[] =>
      sql
        .exec<{ name: string; state: string }>('SELECT name, state FROM family')
        .toArray()
        .map(({ name, state }) => ({ name, family: JSON.parse(state) as Family })),
    putFamily: (name: string, family: Family) =>
      void sql.exec('INSERT OR REPLACE INTO family (name, state) VALUES (?, ?)', name, JSON.stringify(family)),
    slots: (): Slots =>
      Object.fromEntries(
        sql
          .exec<{ slot: string; registers: ArrayBuffer }>('SELECT slot, registers FROM people')
          .toArray()
          .map(({ slot, registers }) => [slot, new Uint8Array(registers)]),
      ),
    putSlot: (slot: string, registers: Uint8Array) =>
      void sql.exec('INSERT OR REPLACE INTO people (slot, registers) VALUES (?, ?)', slot, registers.slice().buffer),
    dropSlot: (slot: string) => void sql.exec('DELETE FROM people WHERE slot = ?', slot),
  };
}
