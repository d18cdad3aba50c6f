import { z } from '@hono/zod-openapi';
import { shortText } from '../../messages/contract.ts';
import { roomNameFields } from '../room-names/contract.ts';

/** What a memory is mainly about. The order is part of every layout: a new one may only be added at the end. */
export const CATEGORIES = [
  'people',
  'places',
  'work',
  'health',
  'home',
  'leisure',
  'plans',
  'feelings',
  'events',
  'facts',
] as const;
export const Category = z.enum(CATEGORIES).openapi('Category');
export type Category = z.infer<typeof Category>;

/** A room is of one category, or a hall, which holds no memories and leads to the others. */
export type Theme = Category | 'hall';

export const Layout = z.enum(['mansion', 'gallery', 'garden', 'library']).openapi('Layout');
export type Layout = z.infer<typeof Layout>;

export const Point = z.tuple([z.number(), z.number(), z.number()]).openapi({
  description: 'x, y, z in metres; z points up',
  type: 'array',
  items: { type: 'number' },
  example: [0, 0, 0],
});

export const NewPalace = z
  .strictObject({
    name: shortText(128),
    layout: Layout.default('mansion'),
  })
  .openapi('NewPalace');
export type NewPalace = z.infer<typeof NewPalace>;

export const PalaceView = z
  .object({
    id: z.string(),
    name: z.string(),
    layout: Layout,
    is_default: z.boolean().openapi({ description: 'Memories go here unless another palace is named.' }),
    rooms: z.number().int(),
    memories: z.number().int(),
    created_at: z.string(),
  })
  .openapi('Palace');
export type PalaceView = z.infer<typeof PalaceView>;

export const AnchorView = z
  .object({
    id: z.string().openapi({ description: 'Unique in its palace, as in `people-1.3`.' }),
    room_id: z.string(),
    number: z.number().int(),
    position: Point,
  })
  .openapi('Anchor');
export type AnchorView = z.infer<typeof AnchorView>;

export const RoomView = z
  .object({
    id: z.string().openapi({ description: 'Unique in its palace, as in `people-1`.' }),
    palace_id: z.string(),
    theme: z.enum([...CATEGORIES, 'hall']),
    ...roomNameFields,
    grid: Point,
    bounds: z.object({ min: Point, max: Point }),
    capacity: z.number().int(),
    memories: z.number().int(),
    anchors: z.array(AnchorView),
  })
  .openapi('Room');
export type RoomView = z.infer<typeof RoomView>;

export const DoorView = z
  .object({ rooms: z.tuple([z.string(), z.string()]), position: Point, width: z.number() })
  .openapi('Door');
export type DoorView = z.infer<typeof DoorView>;

export const Rooms = z.object({ rooms: z.array(RoomView), doors: z.array(DoorView) }).openapi('Rooms');
export type Rooms = z.infer<typeof Rooms>;

export const PalaceAnalytics = z
  .object({
    palace_id: z.string(),
    memories: z.number().int(),
    pinned: z.number().int(),
    due: z.number().int().openapi({ description: 'Memories whose next review has come.' }),
    superseded: z.number().int(),
    duplicates: z.number().int(),
    mean_strength: z.number().nullable(),
    /** memories by strength: [0, 0.1), [0.1, 0.2) … [0.9, 1] */
    strengths: z.array(z.number().int()),
    categories: z.record(z.string(), z.number().int()),
    rooms: z.array(z.object({ room_id: z.string(), memories: z.number().int(), fill: z.number() })),
  })
  .openapi('PalaceAnalytics');
export type PalaceAnalytics = z.infer<typeof PalaceAnalytics>;
