import type { Vec3 } from '../../src/palace/model.ts';
import type { StoredMessage } from '../../src/persistence/messages.ts';

/** What was derived from a message: its place in metres and its vector, component = int8 * scale. */
export interface Memory {
  row: number;
  model: string;
  scale: number;
  vector: Int8Array;
  position: Vec3;
}

export type MemoryRow = {
  row: number;
  x: number;
  y: number;
  z: number;
  model: string;
  scale: number;
  vector: ArrayBuffer;
};

const COLUMNS = 'row, x, y, z, model, scale, vector';

/** Every statement about what `memory` holds of vectors; the rest is in life-store.ts. */
export function memoryStore(sql: SqlStorage) {
  return {
    /** Stores a memory unless its message is gone meanwhile. */
    put({ row, model, scale, vector, position: [x, y, z] }: Memory): void {
      sql.exec(
        `INSERT INTO memory (row, x, y, z, model, scale, vector)
         SELECT row, ?, ?, ?, ?, ?, ? FROM message WHERE row = ?
         ON CONFLICT (row) DO UPDATE SET x = excluded.x, y = excluded.y, z = excluded.z, model = excluded.model,
           scale = excluded.scale, vector = excluded.vector`,
        x,
        y,
        z,
        model,
        scale,
        vector.slice().buffer,
        row,
      );
    },
    remove: (row: number) => void sql.exec('DELETE FROM memory WHERE row = ?', row),
    inRoom: (room: number, model: string) =>
      sql.exec<MemoryRow>(`SELECT ${COLUMNS} FROM memory WHERE room = ? AND model = ? ORDER BY row`, room, model),
    /** Model of the newest vector; null: there is none. */
    lastModel: () =>
      sql.exec<{ model: string }>('SELECT model FROM memory ORDER BY row DESC LIMIT 1').toArray()[0]?.model ?? null,
    count: () => sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM memory').one().n,
    all: () => sql.exec<MemoryRow>(`SELECT ${COLUMNS} FROM memory ORDER BY row`),
    byRows: (rows: readonly number[]): Map<number, Memory> =>
      new Map(
        sql
          .exec<MemoryRow>(
            `SELECT ${COLUMNS} FROM memory WHERE row IN (SELECT value FROM json_each(?))`,
            JSON.stringify(rows),
          )
          .toArray()
          .map((r) => [r.row, fromRow(r)]),
      ),
  };
}

export const fromRow = ({ row, x, y, z, model, scale, vector }: MemoryRow): Memory => ({
  row,
  model,
  scale,
  vector: new Int8Array(vector),
  position: [x, y, z],
});

/** The memory of a message as Postgres kept it, or null if it had none yet. */
export function memoryOf(row: number, { vector, position }: StoredMessage): Memory | null {
  if (!vector) return null;
  const { model, scale, bytes } = vector;
  return { row, model, scale, vector: new Int8Array(bytes), position: position ?? [0, 0, 0] };
}
