import { createRoute, z } from '@hono/zod-openapi';
import { ownerFor } from '../../auth/middleware.ts';
import { bearer, IdempotencyHeader, json, jsonBody, problems, UserPath } from '../../http/contract.ts';
import { eventAnswer, jsonOrEvents, wantsEvents } from '../../http/event-answer.ts';
import { withRoomNames } from '../../http/user-memory.ts';
import { newRouter } from '../../http/validate.ts';
import { onceOf } from '../../messages/fingerprint.ts';
import { unwrap } from '../../shared/errors.ts';
import { NamedRooms, NameRooms, RoomNameChange, RoomNameList, RoomNameView } from './contract.ts';

const PalacePath = UserPath.extend({ palace_id: z.string().min(1).max(64) });
const RoomPath = PalacePath.extend({ room_id: z.string().min(1).max(32) });
const describe = { tags: ['palace'], security: bearer };

const name = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/palaces/{palace_id}/rooms/names',
  'x-scope': 'ingest',
  summary: 'Name rooms by what is kept in them',
  description:
    'By a text model where one is set up and answers, else by the words that a room holds more often than others. Each ' +
    'name says which. Names that a room had before can be restored.',
  request: { params: PalacePath, headers: IdempotencyHeader, body: jsonBody(NameRooms) },
  responses: {
    200: jsonOrEvents(NamedRooms, 'The rooms with their names.', '`room`: one named room; `end`: the whole answer.'),
    ...problems,
  },
});
const list = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/palaces/{palace_id}/rooms/{room_id}/names',
  'x-scope': 'read',
  summary: 'Names of a room, the present one first, and what each was made from',
  request: { params: RoomPath },
  responses: { 200: json(RoomNameList, 'At most ten.'), ...problems },
});
const change = createRoute({
  ...describe,
  method: 'put',
  path: '/users/{user_id}/palaces/{palace_id}/rooms/{room_id}/name',
  'x-scope': 'ingest',
  summary: 'Give a room a name, or one back that it had',
  request: { params: RoomPath, body: jsonBody(RoomNameChange) },
  responses: { 200: json(RoomNameView, 'The name.'), ...problems },
});
const clear = createRoute({
  ...describe,
  method: 'delete',
  path: '/users/{user_id}/palaces/{palace_id}/rooms/{room_id}/name',
  'x-scope': 'ingest',
  summary: 'Call a room after its theme again',
  request: { params: RoomPath },
  responses: { 204: { description: 'Done.' }, ...problems },
});

/** HTTP face of names of rooms. */
export const roomNameRoutes = newRouter()
  .openapi(name, async (c) => {
    const { user_id, palace_id: palace } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', user_id);
    const { stream, ...body } = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['room-names', palace, body]);
    if (wantsEvents(c, stream)) {
      return eventAnswer(c, (hear) =>
        withRoomNames(c.env, owner, async (names) => hear(await names.nameLive(palace, body, once))),
      ) as never;
    }
    return c.json(unwrap(await withRoomNames(c.env, owner, (names) => names.name(palace, body, once))), 200);
  })
  .openapi(list, async (c) => {
    const { user_id, palace_id, room_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'read', user_id);
    return c.json(unwrap(await withRoomNames(c.env, owner, (names) => names.list(palace_id, room_id))), 200);
  })
  .openapi(change, async (c) => {
    const { user_id, palace_id, room_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', user_id);
    const body = c.req.valid('json');
    return c.json(unwrap(await withRoomNames(c.env, owner, (names) => names.change(palace_id, room_id, body))), 200);
  })
  .openapi(clear, async (c) => {
    const { user_id, palace_id, room_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', user_id);
    unwrap(await withRoomNames(c.env, owner, (names) => names.clear(palace_id, room_id)));
    return c.body(null, 204);
  });
