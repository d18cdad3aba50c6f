import type { Layout, Theme } from './rooms/contract.ts';
/** x, y, z in metres, each exactly a float32. */
export type Vec3 = readonly [number, number, number];

/** An axis-aligned box in metres, borders included. Every coordinate is exactly a float32. */
export interface Box {
  min: Vec3;
  max: Vec3;
}

/** One building of a person. `row` is its number in storage, `id` what the API calls it. */
export interface Palace {
  row: number;
  /** ULID */
  id: string;
  name: string;
  layout: Layout;
  isDefault: boolean;
  /** epoch ms */
  createdAt: number;
}

/** A room to be: where the layout puts the `ordinal`-th room (from 0) of a theme. */
export interface RoomPlan {
  theme: Theme;
  ordinal: number;
  /** whole cells of the layout's grid */
  grid: Vec3;
  bounds: Box;
  /** memories that it holds at most; 0 for a hall, which only connects */
  capacity: number;
}

/** A room that stands. */
export interface Room extends RoomPlan {
  row: number;
  /** row of its palace */
  palace: number;
  /** memories in it now */
  memories: number;
}

/** An opening between two rooms that share a wall. `position` is its centre. Walk it either way. */
export interface Door {
  /** rows of the two rooms, the lower first */
  rooms: readonly [number, number];
  position: Vec3;
  /** metres */
  width: number;
}

/** A fixed spot in a room: a locus of the method of loci. Numbered from 1 in walking order. */
export interface Anchor {
  /** row of its room */
  room: number;
  number: number;
  position: Vec3;
}

/** The API's name of a room, unique in its palace and the same whenever the palace is built anew. */
export const roomId = ({ theme, ordinal }: Pick<RoomPlan, 'theme' | 'ordinal'>): string => `${theme}-${ordinal + 1}`;

/** The API's name of an anchor, unique in its palace: `people-1.3`. */
export const anchorId = (room: Pick<RoomPlan, 'theme' | 'ordinal'>, number: number): string =>
  `${roomId(room)}.${number}`;

/** Theme and ordinal of a room by the API's name, or null if the text cannot be one. */
export function parseRoomId(text: string): { theme: string; ordinal: number } | null {
  const match = /^([a-z]{1,16})-([1-9]\d{0,5})$/.exec(text);
  return match ? { theme: match[1]!, ordinal: Number(match[2]) - 1 } : null;
}
