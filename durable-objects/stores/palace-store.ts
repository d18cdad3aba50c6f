import type { Anchor, Door, Palace, Room, RoomPlan } from '../../src/palace/model.ts';
import type { Layout, Theme } from '../../src/palace/rooms/contract.ts';

type PalaceRow = { row: number; id: string; name: string; layout: Layout; is_default: number; created_at: number };
type RoomRow = {
  row: number;
  palace: number;
  theme: Theme;
  ordinal: number;
  grid_x: number;
  grid_y: number;
  grid_z: number;
  min_x: number;
  min_y: number;
  min_z: number;
  max_x: number;
  max_y: number;
  max_z: number;
  capacity: number;
  memories: number;
};
type DoorRow = { room_a: number; room_b: number; x: number; y: number; z: number; width: number };
type AnchorRow = { room: number; number: number; x: number; y: number; z: number };

const ROOMS = 'SELECT room.*, (SELECT COUNT(*) FROM memory WHERE memory.room = room.row) AS memories FROM room';

/** Every statement about `palace`, `room`, `door` and `anchor`. */
export function palaceStore(sql: SqlStorage) {
  return {
    /** In the order they were made. */
    all: (): Palace[] => sql.exec<PalaceRow>('SELECT * FROM palace ORDER BY row').toArray().map(toPalace),
    add({ id, name, layout, isDefault, createdAt }: Omit<Palace, 'row'>): Palace {
      const row = sql
        .exec<PalaceRow>(
          'INSERT INTO palace (id, name, layout, is_default, created_at) VALUES (?, ?, ?, ?, ?) RETURNING *',
          id,
          name,
          layout,
          isDefault ? 1 : 0,
          createdAt,
        )
        .one();
      return toPalace(row);
    },

    /** All rooms of one palace, in the order they were opened. */
    rooms: (palace: number): Room[] =>
      sql.exec<RoomRow>(`${ROOMS} WHERE palace = ? ORDER BY row`, palace).toArray().map(toRoom),
    addRoom(palace: number, { theme, ordinal, grid, bounds: { min, max }, capacity }: RoomPlan): Room {
      const { row } = sql
        .exec<{ row: number }>(
          `INSERT INTO room (palace, theme, ordinal, grid_x, grid_y, grid_z, min_x, min_y, min_z, max_x, max_y, max_z, capacity)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING row`,
          palace,
          theme,
          ordinal,
          ...grid,
          ...min,
          ...max,
          capacity,
        )
        .one();
      return { row, palace, theme, ordinal, grid, bounds: { min, max }, capacity, memories: 0 };
    },

    doors: (palace: number): Door[] =>
      sql.exec<DoorRow>('SELECT * FROM door WHERE palace = ? ORDER BY room_a, room_b', palace).toArray().map(toDoor),
    addDoor: (palace: number, { rooms: [a, b], position, width }: Door) =>
      void sql.exec(
        'INSERT INTO door (palace, room_a, room_b, x, y, z, width) VALUES (?, ?, ?, ?, ?, ?, ?)',
        palace,
        a,
        b,
        ...position,
        width,
      ),

    /** All anchors of one palace, by room and number. */
    anchors: (palace: number): Anchor[] =>
      sql
        .exec<AnchorRow>(
          `SELECT anchor.* FROM anchor JOIN room ON room.row = anchor.room WHERE room.palace = ?
           ORDER BY anchor.room, anchor.number`,
          palace,
        )
        .toArray()
        .map(({ room, number, x, y, z }) => ({ room, number, position: [x, y, z] })),
    /** Pieces of the spatial index by palace, as they were when they were last saved; empty if they never were. */
    snapshots: (): Map<number, ArrayBuffer[]> => {
      const parts = new Map<number, ArrayBuffer[]>();
      for (const { palace, part } of sql.exec<{ palace: number; part: ArrayBuffer }>('SELECT * FROM palace_snapshot')) {
        parts.set(palace, [...(parts.get(palace) ?? []), part]);
      }
      return parts;
    },
    /** Replaces all pieces: nothing has moved since. To be called within a transaction. */
    saveSnapshots(parts: ReadonlyMap<number, readonly ArrayBuffer[]>): void {
      sql.exec('DELETE FROM palace_snapshot');
      sql.exec('DELETE FROM palace_moved');
      for (const [palace, pieces] of parts) {
        for (const part of pieces) sql.exec('INSERT INTO palace_snapshot (palace, part) VALUES (?, ?)', palace, part);
      }
    },
    /** Rows that may stand elsewhere, or nowhere, since the pieces were saved. */
    moved: (): number[] =>
      sql
        .exec<{ row: number }>('SELECT row FROM palace_moved')
        .toArray()
        .map(({ row }) => row),
    movedCount: () => sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM palace_moved').one().n,
    addAnchor: ({ room, number, position }: Anchor) =>
      void sql.exec('INSERT INTO anchor (room, number, x, y, z) VALUES (?, ?, ?, ?, ?)', room, number, ...position),
  };
}

const toPalace = ({ row, id, name, layout, is_default, created_at }: PalaceRow): Palace => ({
  row,
  id,
  name,
  layout,
  isDefault: is_default === 1,
  createdAt: created_at,
});

const toRoom = (r: RoomRow): Room => ({
  row: r.row,
  palace: r.palace,
  theme: r.theme,
  ordinal: r.ordinal,
  grid: [r.grid_x, r.grid_y, r.grid_z],
  bounds: { min: [r.min_x, r.min_y, r.min_z], max: [r.max_x, r.max_y, r.max_z] },
  capacity: r.capacity,
  memories: r.memories,
});

const toDoor = ({ room_a, room_b, x, y, z, width }: DoorRow): Door => ({
  rooms: [room_a, room_b],
  position: [x, y, z],
  width,
});
