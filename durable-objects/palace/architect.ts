import { anchorsOf, doorsOf, firstRooms, planRoom } from '../../src/palace/layouts.ts';
import type { Palace, Room, RoomPlan } from '../../src/palace/model.ts';
import type { Category, Layout, Theme } from '../../src/palace/rooms/contract.ts';
import { Shelf } from '../../src/palace/shelf.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { fromRow } from '../stores/memory-store.ts';
import type { Stores } from '../stores/stores.ts';

/** Rooms whose contents are kept in memory, each about 150 KB. */
const SHELVES = 48;

/** Builds palaces, opens rooms, and knows what stands in them. What it holds in memory follows storage. */
export class Architect {
  private palaces: Palace[] | null = null;
  private readonly roomsOf = new Map<number, Room[]>();
  /** least used first: a Map keeps the order of insertion, and a use inserts again */
  private readonly shelves = new Map<string, Shelf>();
  private readonly stores: Stores;

  constructor(stores: Stores) {
    this.stores = stores;
  }

  /** Forgets all it holds: storage was changed behind its back, or a transaction rolled back. */
  reset(): void {
    this.palaces = null;
    this.roomsOf.clear();
    this.shelves.clear();
  }

  all(): readonly Palace[] {
    this.palaces ??= this.stores.palaces.all();
    return this.palaces;
  }

  byId(id: string): Palace | null {
    return this.all().find((palace) => palace.id === id) ?? null;
  }

  byRow(row: number): Palace | null {
    return this.all().find((palace) => palace.row === row) ?? null;
  }

  /** Made when it is first needed. */
  standard(now: number): Palace {
    return this.all().find(({ isDefault }) => isDefault) ?? this.build(newUlid(now), 'Palace', 'mansion', true, now);
  }

  build(id: string, name: string, layout: Layout, isDefault: boolean, now: number): Palace {
    const palace = this.stores.palaces.add({ id, name, layout, isDefault, createdAt: now });
    this.palaces = [...this.all().filter(({ row }) => row !== palace.row), palace];
    for (const plan of firstRooms(layout)) this.open(palace, plan);
    return palace;
  }

  rooms(palace: Palace): Room[] {
    let rooms = this.roomsOf.get(palace.row);
    if (rooms === undefined) {
      rooms = this.stores.palaces.rooms(palace.row);
      this.roomsOf.set(palace.row, rooms);
    }
    return rooms;
  }

  room(palace: Palace, theme: Theme | string, ordinal: number): Room | null {
    return this.rooms(palace).find((room) => room.theme === theme && room.ordinal === ordinal) ?? null;
  }

  /** The room of the category that has space and fits best; where all are full, the next one is opened. */
  roomFor(palace: Palace, category: Category, model: string, vector: Float32Array): Room {
    const wing = this.rooms(palace).filter(({ theme }) => theme === category);
    const open = wing.filter(({ memories, capacity }) => memories < capacity);
    if (open.length === 0) return this.open(palace, planRoom(palace.layout, category, wing.length));
    if (open.length === 1) return open[0]!;
    const fits = open.map((room) => this.shelf(room, model, vector.length).fit(vector));
    return open[fits.indexOf(Math.max(...fits))]!;
  }

  /** A room that the layout has but nobody opened yet is opened, with those before it. For a restore. */
  roomAt(palace: Palace, theme: Category, ordinal: number): Room {
    for (let next = this.rooms(palace).filter((room) => room.theme === theme).length; next <= ordinal; next++) {
      this.open(palace, planRoom(palace.layout, theme, next));
    }
    return this.room(palace, theme, ordinal)!;
  }

  shelf(room: Room, model: string, dimensions: number): Shelf {
    const key = `${room.row} ${model}`;
    const shelf = this.shelves.get(key) ?? this.load(room, model, dimensions);
    this.shelves.delete(key);
    this.shelves.set(key, shelf);
    if (this.shelves.size > SHELVES) this.shelves.delete(this.shelves.keys().next().value!);
    return shelf;
  }

  /** Notes that a memory has left its room. */
  leave(palaceRow: number, roomRow: number, row: number): void {
    const room = this.roomsOf.get(palaceRow)?.find((one) => one.row === roomRow);
    if (room) room.memories--;
    for (const [key, shelf] of this.shelves) if (key.startsWith(`${roomRow} `)) shelf.remove(row);
  }

  private load(room: Room, model: string, dimensions: number): Shelf {
    const shelf = new Shelf(dimensions);
    for (const row of this.stores.memories.inRoom(room.row, model)) {
      const { vector, scale, position } = fromRow(row);
      if (vector.length === dimensions) shelf.add(row.row, vector, scale, position);
    }
    return shelf;
  }

  private open(palace: Palace, plan: RoomPlan): Room {
    const rooms = this.rooms(palace);
    const room = this.stores.palaces.addRoom(palace.row, plan);
    for (const door of doorsOf(palace.layout, room, rooms)) this.stores.palaces.addDoor(palace.row, door);
    for (const anchor of anchorsOf(room)) this.stores.palaces.addAnchor(anchor);
    rooms.push(room);
    return room;
  }
}
