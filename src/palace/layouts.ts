import type { Anchor, Box, Door, Room, RoomPlan, Vec3 } from './model.ts';
import { CATEGORIES, type Layout, type Theme } from './rooms/contract.ts';

/** Memories that a room holds. A theme's next room is opened when all of its rooms are full. */
export const ROOM_CAPACITY = 256;
/** Rooms of one theme in one palace; together they hold more than a person may have. */
export const MAX_ROOMS_A_THEME = 512;
/** Metres along x and y. */
const SIDE = 12;
/** Metres along z (up): the height of a storey. */
const HEIGHT: Record<Layout, number> = { mansion: 6, gallery: 6, garden: 8, library: 6 };
const DOOR_WIDTH = 1.5;
/** A door's centre stands this high over the floor. */
const DOOR_CENTRE = 1.25;
/** Anchors keep this far from the walls, at eye height. */
const ANCHOR_INSET = 2;
const EYE_HEIGHT = 1.5;

type Cell = readonly [x: number, y: number, z: number];

/**
 * Where the `ordinal`-th room of a theme stands, in cells. The answer hangs on nothing else, so that a palace grows the
 * same way whatever order its rooms are opened in, and no two rooms ever want one cell.
 */
const CELL_OF: Record<Layout, (theme: number, ordinal: number) => Cell> = {
  // wings on both sides of a central hall, two themes to each of its parts
  mansion: (theme, k) => [theme >> 1, theme & 1 ? -(k + 1) : k + 1, 0],
  // one long row of rooms a theme, all starting from the foyer
  gallery: (theme, k) => [k + 1, theme, 0],
  // beds in front of and behind the lawn, in turn
  garden: (theme, k) => [theme, k & 1 ? -(k + 1) / 2 : k / 2 + 1, 0],
  // a storey a theme: bays of eight beside the stairs
  library: (theme, k) => [(k % 8) + 1, Math.floor(k / 8), theme],
};

const HALLS: Record<Layout, readonly Cell[]> = {
  mansion: Array.from({ length: Math.ceil(CATEGORIES.length / 2) }, (_, x) => [x, 0, 0] as const),
  gallery: CATEGORIES.map((_, y) => [0, y, 0] as const),
  garden: CATEGORIES.map((_, x) => [x, 0, 0] as const),
  library: CATEGORIES.map((_, z) => [0, 0, z] as const),
};

/** The rooms that a new palace begins with: its halls and one room of each theme. */
export function firstRooms(layout: Layout): RoomPlan[] {
  const halls = HALLS[layout].map((cell, i) => plan(layout, 'hall', i, cell));
  return [...halls, ...CATEGORIES.map((theme) => planRoom(layout, theme, 0))];
}

/** @throws RangeError for a theme that has no such room */
export function planRoom(layout: Layout, theme: Theme, ordinal: number): RoomPlan {
  if (theme === 'hall') {
    const cell = HALLS[layout][ordinal];
    if (cell === undefined) throw new RangeError(`A ${layout} has no hall ${ordinal}.`);
    return plan(layout, theme, ordinal, cell);
  }
  if (ordinal >= MAX_ROOMS_A_THEME) throw new RangeError(`A theme has at most ${MAX_ROOMS_A_THEME} rooms.`);
  return plan(layout, theme, ordinal, CELL_OF[layout](CATEGORIES.indexOf(theme), ordinal));
}

function plan(layout: Layout, theme: Theme, ordinal: number, [x, y, z]: Cell): RoomPlan {
  const height = HEIGHT[layout];
  const bounds: Box = {
    min: [x * SIDE, y * SIDE, z * height],
    max: [(x + 1) * SIDE, (y + 1) * SIDE, (z + 1) * height],
  };
  return { theme, ordinal, grid: [x, y, z], bounds, capacity: theme === 'hall' ? 0 : ROOM_CAPACITY };
}

/** The doors between a room and those that stand already: one in every shared wall that the layout lets one pass. */
export function doorsOf(layout: Layout, room: Room, others: readonly Room[]): Door[] {
  return others.flatMap((other) => {
    const axis = sharedWall(room.grid, other.grid);
    if (axis === null || !opens(layout, room, other, axis)) return [];
    const rooms = [Math.min(room.row, other.row), Math.max(room.row, other.row)] as const;
    return [{ rooms, position: doorCentre(room.bounds, other.bounds, axis), width: DOOR_WIDTH }];
  });
}

/** The axis on which two cells are neighbours, or null. */
function sharedWall(a: Vec3, b: Vec3): 0 | 1 | 2 | null {
  const steps = ([0, 1, 2] as const).filter((axis) => a[axis] !== b[axis]);
  const [axis] = steps;
  return steps.length === 1 && Math.abs(a[axis!] - b[axis!]) === 1 ? axis! : null;
}

/** Stairs join halls only; a gallery's rows have walls between them to hang pictures on. */
function opens(layout: Layout, a: RoomPlan, b: RoomPlan, axis: 0 | 1 | 2): boolean {
  if (axis === 2) return a.theme === 'hall' && b.theme === 'hall';
  return layout !== 'gallery' || a.theme === b.theme || a.theme === 'hall' || b.theme === 'hall';
}

function doorCentre(a: Box, b: Box, axis: 0 | 1 | 2): Vec3 {
  const at = [0, 1, 2].map((i) => (Math.max(a.min[i]!, b.min[i]!) + Math.min(a.max[i]!, b.max[i]!)) / 2);
  if (axis !== 2) at[2] = a.min[2] + DOOR_CENTRE;
  return [at[0]!, at[1]!, at[2]!];
}

/**
 * The fixed spots of a room, in walking order: eight around the walls, clockwise from its low corner, and one in the
 * middle. Metres, whole or halves, so exactly float32.
 */
export function anchorsOf({ row, bounds: { min, max } }: Pick<Room, 'row' | 'bounds'>): Anchor[] {
  const at = (x: number, y: number): Vec3 => [x, y, min[2] + EYE_HEIGHT];
  const [x0, y0, x1, y1] = [min[0] + ANCHOR_INSET, min[1] + ANCHOR_INSET, max[0] - ANCHOR_INSET, max[1] - ANCHOR_INSET];
  const [xm, ym] = [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2];
  const spots = [at(x0, y0), at(x0, ym), at(x0, y1), at(xm, y1), at(x1, y1), at(x1, ym), at(x1, y0), at(xm, y0)];
  return [...spots, at(xm, ym)].map((position, i) => ({ room: row, number: i + 1, position }));
}

export const contains = ({ min, max }: Box, p: Vec3): boolean =>
  [0, 1, 2].every((i) => p[i]! >= min[i]! && p[i]! <= max[i]!);
