import type { MemoryView } from '../../src/palace/memories/contract.ts';
import { anchorId, type Palace, type Room, roomId } from '../../src/palace/model.ts';
import { noteOf } from '../../src/palace/note.ts';
import type { NameOrigin, RoomNameView } from '../../src/palace/room-names/contract.ts';
import { themeName } from '../../src/palace/room-names/theme-name.ts';
import type { PalaceView, Rooms } from '../../src/palace/rooms/contract.ts';
import { salienceOf } from '../../src/palace/salience.ts';
import { firstTrace, strengthAt, type Trace } from '../../src/palace/strength.ts';
import { iso } from '../../src/shared/instant.ts';
import { originOf } from '../../src/shared/reconstructed.ts';
import type { Life, PlacedWords, Said } from '../stores/life-store.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { RoomName } from '../stores/room-name-store.ts';
import type { Stores } from '../stores/stores.ts';
import type { Architect } from './architect.ts';

export const palaceView = ({ id, name, layout, isDefault, createdAt }: Palace, rooms: readonly Room[]): PalaceView => ({
  id,
  name,
  layout,
  is_default: isDefault,
  rooms: rooms.length,
  memories: rooms.reduce((sum, room) => sum + room.memories, 0),
  created_at: iso(createdAt),
});

export function roomsView(palace: Palace, rooms: readonly Room[], { palaces: store, roomNames }: Stores): Rooms {
  const names = new Map(roomNames.present(palace.row).map((name) => [roomId(name.room), name]));
  const byRow = new Map(rooms.map((room) => [room.row, room]));
  const anchors = Map.groupBy(store.anchors(palace.row), (anchor) => anchor.room);
  return {
    rooms: rooms.map((room) => ({
      id: roomId(room),
      palace_id: palace.id,
      theme: room.theme,
      ...shownName(room, names.get(roomId(room))),
      grid: [...room.grid],
      bounds: { min: [...room.bounds.min], max: [...room.bounds.max] },
      capacity: room.capacity,
      memories: room.memories,
      anchors: (anchors.get(room.row) ?? []).map(({ number, position }) => ({
        id: anchorId(room, number),
        room_id: roomId(room),
        number,
        position: [...position],
      })),
    })),
    doors: store.doors(palace.row).map(({ rooms: [a, b], position, width }) => ({
      rooms: [roomId(byRow.get(a)!), roomId(byRow.get(b)!)],
      position: [...position],
      width,
    })),
  };
}

const shownName = (room: Room, name: RoomName | undefined) => ({
  name: name?.name ?? themeName(room),
  name_origin: name?.origin ?? ('theme' as const),
  name_generated: name?.origin === 'text_model',
});

const LABELS: Readonly<Record<NameOrigin, string | null>> = {
  text_model: 'Named by a text model: nobody called it this.',
  words: 'Words that its memories hold more often than others.',
  theme: null,
  user: null,
};

/** @param name null: the room has none of its own */
export const roomNameView = (room: Pick<Room, 'theme' | 'ordinal'>, name: RoomName | null): RoomNameView => ({
  id: name?.id ?? null,
  name: name?.name ?? themeName(room),
  origin: name?.origin ?? 'theme',
  generated: name?.origin === 'text_model',
  label: name && LABELS[name.origin],
  inputs: name?.inputs ?? [],
  provenance: name?.provenance ?? null,
  named_at: name && iso(name.namedAt),
});

export type MemoryViews = ReturnType<typeof memoryViews>;

/** Memories as the API shows them. */
export function memoryViews(stores: Stores, architect: Architect) {
  /** Those that are placed, in the order of the rows. */
  const ofRows = (rows: readonly number[]): { row: number; view: MemoryView }[] => {
    const placed = new Map(stores.lives.placedWords(rows).map((found) => [found.life.row, found]));
    const others = [...placed.values()].flatMap(({ life }) => [life.supersededBy, life.duplicateOf]);
    const ids = stores.messages.idsByRows(others.filter((row) => row !== null));
    const now = Date.now();
    return rows.flatMap((row) => {
      const found = placed.get(row);
      return found ? [{ row, view: view(found, ids, architect, now) }] : [];
    });
  };
  return {
    ofRows,
    ofLives: (lives: readonly Life[]): MemoryView[] => ofRows(lives.map(({ row }) => row)).map((one) => one.view),
    /** Also of one that is not placed yet. */
    ofMessage: (message: MessageRow): MemoryView => ofRows([message.row])[0]?.view ?? unplaced(message, Date.now()),
    trace: (message: MessageRow): Trace => stores.lives.find(message.row) ?? traceOf(message, Date.now()),
  };
}

function view(
  { life, said: message }: PlacedWords,
  ids: ReadonlyMap<number, string>,
  architect: Architect,
  now: number,
): MemoryView {
  const palace = architect.byRow(life.palace);
  const room = palace && architect.rooms(palace).find(({ row }) => row === life.room);
  const { category, kind, salience, pinned, position, validFrom, validUntil, supersededBy, duplicateOf } = life;
  return {
    ...said(message),
    kind,
    palace_id: palace?.id ?? null,
    room_id: room ? roomId(room) : null,
    category,
    position: [...position],
    salience,
    pinned,
    ...remembered(life, pinned ? 1 : strengthAt(life, now)),
    valid_from: iso(validFrom),
    valid_until: validUntil === null ? null : iso(validUntil),
    superseded_by: supersededBy === null ? null : (ids.get(supersededBy) ?? null),
    duplicate_of: duplicateOf === null ? null : (ids.get(duplicateOf) ?? null),
  };
}

function unplaced(message: MessageRow, now: number): MemoryView {
  const note = noteOf(message);
  const trace = traceOf(message, now);
  return {
    ...said(message),
    kind: note ? 'note' : 'message',
    palace_id: null,
    room_id: null,
    category: null,
    position: null,
    salience: note?.salience ?? salienceOf(message.content),
    pinned: false,
    ...remembered(trace, strengthAt(trace, now)),
    valid_from: iso(message.sent_at),
    valid_until: null,
    superseded_by: null,
    duplicate_of: null,
  };
}

const traceOf = (message: MessageRow, now: number): Trace =>
  firstTrace(noteOf(message)?.salience ?? salienceOf(message.content), Math.min(message.sent_at, now));

const said = ({ id, message_id, conversation_id, role, speaker, content, sent_at }: Said) => ({
  id,
  message_id,
  conversation_id,
  role,
  speaker,
  content,
  timestamp: iso(sent_at),
  ...originOf(conversation_id),
});

const remembered = (trace: Trace, strength: number) => ({
  strength,
  stability_days: trace.stability,
  difficulty: trace.difficulty,
  reviews: trace.reps,
  lapses: trace.lapses,
  last_review: iso(trace.lastReview),
  due: iso(trace.due),
});
