import { z } from '@hono/zod-openapi';
import { originFields } from '../contract.ts';
import { Category, DoorView, PalaceView, Point, RoomView } from '../rooms/contract.ts';

/** Memories in one file. */
export const MAX_EXPORTED = 100_000;

export const SceneMemory = z
  .object({
    id: z.string(),
    room_id: z.string(),
    category: Category,
    position: Point,
    strength: z.number(),
    timestamp: z.string(),
    title: z.string().openapi({ description: 'The first words.' }),
    content: z.string().optional().openapi({ description: 'With `content=true`.' }),
    ...originFields,
  })
  .openapi('SceneMemory');
export type SceneMemory = z.infer<typeof SceneMemory>;

/** A palace without its memories. Metres, z up. */
export const SceneFrame = z.object({ palace: PalaceView, rooms: z.array(RoomView), doors: z.array(DoorView) });
export type SceneFrame = z.infer<typeof SceneFrame>;

export const Scene = SceneFrame.extend({ memories: z.array(SceneMemory) }).openapi('Scene');

export const ExportQuery = z.object({
  format: z.enum(['json', 'glb']).default('json'),
  include_reconstructed: z
    .enum(['true', 'false'])
    .default('false')
    .openapi({ description: 'Whether texts that were reconstructed and accepted are in the file. Each says so.' }),
  content: z
    .enum(['true', 'false'])
    .default('false')
    .openapi({ description: 'Whether the text of each memory is in the file, and not its first words alone.' }),
});
