import { z } from '@hono/zod-openapi';
import { Category, DoorView, Point } from '../rooms/contract.ts';

const FARTHEST = 100_000;
const coordinate = z.number().min(-FARTHEST).max(FARTHEST);
const RoomName = z.string().min(1).max(32);
const InRoom = z.strictObject({ room_id: RoomName });

export const NavigateBody = z
  .strictObject({
    from: z.union([InRoom, z.strictObject({ x: coordinate, y: coordinate, z: coordinate })]),
    to: z.union([
      z.strictObject({ memory_id: z.string().min(1).max(256) }),
      InRoom,
      z.strictObject({ anchor_id: z.string().min(1).max(40) }),
    ]),
    palace_id: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .openapi({ description: 'Default: where the memory is, else the default palace.' }),
    radius: z.number().min(0).max(20).default(3).openapi({ description: 'How far one sees to the sides, in metres.' }),
    max_seen: z.number().int().min(0).max(100).default(20),
  })
  .openapi('NavigateBody', { example: { from: { room_id: 'hall-1' }, to: { room_id: 'people-1' } } });
export type NavigateBody = z.infer<typeof NavigateBody>;

const Leg = z
  .object({
    room_id: z.string(),
    from: Point,
    to: Point,
    length: z.number(),
    heading: z.number().openapi({ description: 'Radians on the floor: 0 along +x, growing towards +y, within ±π.' }),
    pitch: z.number().openapi({ description: 'Radians over the horizontal.' }),
  })
  .openapi('Leg');
export type Leg = z.infer<typeof Leg>;

export const Route = z
  .object({
    palace_id: z.string(),
    length: z.number().openapi({ description: 'Metres.' }),
    /** in order, with the first and the last */
    rooms: z.array(z.string()),
    doors: z.array(DoorView),
    legs: z.array(Leg),
    seen: z.array(
      z.object({
        memory_id: z.string(),
        room_id: z.string(),
        category: Category,
        position: Point,
        at: z.number().openapi({ description: 'Metres from the start where one comes by.' }),
        distance: z.number().openapi({ description: 'Metres from the way.' }),
      }),
    ),
  })
  .openapi('Route');
export type Route = z.infer<typeof Route>;
