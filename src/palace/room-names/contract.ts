import { z } from '@hono/zod-openapi';
import { Provenance } from '../../llm/contract.ts';
import { shortText } from '../../messages/contract.ts';

/** Rooms that one request names. */
export const ROOMS_PER_REQUEST = 20;
/** UTF-16 units. */
export const NAME_LETTERS = 60;

/** Who gave a room its name: its theme, the words of its memories, a text model, or the user. */
export const NameOrigin = z.enum(['theme', 'words', 'text_model', 'user']).openapi('RoomNameOrigin', {
  description:
    '`theme`: it has none of its own. `words`: what its memories speak of more than others do. `text_model`: generated.',
});
export type NameOrigin = z.infer<typeof NameOrigin>;

const name = z.string();
const generated = z.boolean().openapi({ description: 'A text model wrote it.' });

/** What a room shows of its name. */
export const roomNameFields = { name, name_origin: NameOrigin, name_generated: generated };

export const RoomNameView = z
  .object({
    id: z.string().nullable().openapi({ description: 'To restore it by. Null: it follows from the theme.' }),
    name,
    origin: NameOrigin,
    generated,
    label: z.string().nullable().openapi({ description: 'To be shown beside a name that nobody gave.' }),
    inputs: z.array(z.string()).openapi({ description: 'Messages that it was made from.' }),
    provenance: Provenance.nullable(),
    named_at: z.string().nullable(),
  })
  .openapi('RoomName');
export type RoomNameView = z.infer<typeof RoomNameView>;

export const RoomNameList = z
  .object({ items: z.array(RoomNameView).openapi({ description: 'The present name first.' }) })
  .openapi('RoomNameList');
export type RoomNameList = z.infer<typeof RoomNameList>;

const RoomId = z.string().min(1).max(32);

export const NameRooms = z
  .strictObject({
    room_ids: z.array(RoomId).min(1).max(ROOMS_PER_REQUEST).optional().openapi({
      description: 'Rooms to name, anew if they have a name. Without: rooms that hold memories and have no name yet.',
    }),
    text_model: z
      .enum(['auto', 'never', 'required'])
      .default('auto')
      .openapi({
        description:
          'Whether a text model names them. `auto`: where one is set up and answers, else their own words. `required`: ' +
          'refused with 429 or 503 where it does not.',
      }),
    stream: z.boolean().optional().openapi({ description: 'Answer with events, as with `Accept: text/event-stream`.' }),
  })
  .openapi('NameRooms', { example: { text_model: 'auto' } });
export type NameRooms = z.infer<typeof NameRooms>;

export const NamedRoom = z
  .object({
    room_id: z.string(),
    name: RoomNameView,
    path: z.enum(['text_model', 'without_model']).openapi({ description: 'The path that the name took.' }),
    path_reason: z.string().nullable().openapi({ description: 'Why no text model named it; null: one did.' }),
  })
  .openapi('NamedRoom');
export type NamedRoom = z.infer<typeof NamedRoom>;

export const NamedRooms = z
  .object({
    rooms: z.array(NamedRoom),
    left: z.number().int().openapi({ description: 'Rooms that hold memories and still have no name.' }),
  })
  .openapi('NamedRooms');
export type NamedRooms = z.infer<typeof NamedRooms>;

export const RoomNameChange = z
  .union([
    z.strictObject({
      name: shortText(NAME_LETTERS).refine((text) => text.trim() === text, 'Must not begin or end with a space.'),
    }),
    z.strictObject({ restore: z.string().min(1).max(64).openapi({ description: 'Id of a name that the room had.' }) }),
  ])
  .openapi('RoomNameChange', { example: { name: 'The blue room' } });
export type RoomNameChange = z.infer<typeof RoomNameChange>;
