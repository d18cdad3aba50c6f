import type { Provenance } from '../../src/llm/contract.ts';
import type { RoomPlan } from '../../src/palace/model.ts';
import type { NameOrigin } from '../../src/palace/room-names/contract.ts';

/** A name that a room has or had. */
export interface RoomName {
  /** ULID */
  id: string;
  /** by the API's parts of its id: rows of rooms may be numbered anew by a restore */
  room: Pick<RoomPlan, 'theme' | 'ordinal'>;
  name: string;
  origin: NameOrigin;
  /** ids of the messages that it was made from; empty for one that somebody gave */
  inputs: string[];
  /** null: no text model wrote it */
  provenance: Provenance | null;
  /** epoch ms */
  namedAt: number;
}

type RoomNameRow = {
  id: string;
  theme: RoomPlan['theme'];
  ordinal: number;
  name: string;
  origin: NameOrigin;
  inputs: string;
  provenance: string | null;
  named_at: number;
};

/** Names of one room that are kept, its present one among them. */
const KEPT = 10;

/** Every statement about `room_name`. Palaces are rows. */
export function roomNameStore(sql: SqlStorage) {
  const select = (rest: string, ...values: SqlStorageValue[]) =>
    sql
      .exec<RoomNameRow>(
        `SELECT id, theme, ordinal, name, origin, inputs, provenance, named_at FROM room_name ${rest}`,
        ...values,
      )
      .toArray()
      .map(toRoomName);
  return {
    /** The present name of each room that has one. */
    present: (palace: number): RoomName[] =>
      select('WHERE row IN (SELECT MAX(row) FROM room_name WHERE palace = ? GROUP BY theme, ordinal)', palace),
    /** Names of one room, the present one first. */
    ofRoom: (palace: number, { theme, ordinal }: RoomName['room']): RoomName[] =>
      select('WHERE palace = ? AND theme = ? AND ordinal = ? ORDER BY row DESC', palace, theme, ordinal),
    /** From now on it is the room's name. To be called within a transaction: the oldest beyond what is kept goes. */
    add(palace: number, { id, room, name, origin, inputs, provenance, namedAt }: RoomName): void {
      sql.exec(
        `INSERT INTO room_name (id, palace, theme, ordinal, name, origin, inputs, provenance, named_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[id, palace, room.theme, room.ordinal, name, origin, JSON.stringify(inputs)],
        ...[provenance && JSON.stringify(provenance), namedAt],
      );
      sql.exec(
        `DELETE FROM room_name WHERE row IN (
           SELECT row FROM room_name WHERE palace = ? AND theme = ? AND ordinal = ? ORDER BY row DESC LIMIT -1 OFFSET ?)`,
        ...[palace, room.theme, room.ordinal, KEPT],
      );
    },
    /** What was made from a message does not outlive it. */
    forgetMadeFrom: (messageId: string) =>
      void sql.exec('DELETE FROM room_name WHERE ? IN (SELECT value FROM json_each(inputs))', messageId),
  };
}

const toRoomName = (row: RoomNameRow): RoomName => ({
  id: row.id,
  room: { theme: row.theme, ordinal: row.ordinal },
  name: row.name,
  origin: row.origin,
  inputs: JSON.parse(row.inputs),
  provenance: row.provenance === null ? null : JSON.parse(row.provenance),
  namedAt: row.named_at,
});
