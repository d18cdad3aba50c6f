import { createRoute, z } from '@hono/zod-openapi';
import type { Context, TypedResponse } from 'hono';
import type { Owner } from '../auth/contract.ts';
import { ownerFor } from '../auth/middleware.ts';
import type { Env } from '../env.ts';
import type { AppEnv } from '../http/app-env.ts';
import {
  bearer,
  IdempotencyHeader,
  json,
  jsonBody,
  PageQuery,
  problems,
  UserPath,
  WaitQuery,
} from '../http/contract.ts';
import { userMemory, withPalace } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { fingerprintOf } from '../messages/fingerprint.ts';
import { prepareMessage } from '../messages/natural-key.ts';
import { unwrap } from '../shared/errors.ts';
import { currentOrigin } from '../shared/request-scope.ts';
import {
  Curve,
  MemoryFilters,
  MemoryPage,
  MemoryPatch,
  MemoryView,
  NewNote,
  Reinforcement,
  SpatialAnswer,
  SpatialQuery,
} from './memories/contract.ts';
import { noteMessage } from './note.ts';
import { Category } from './rooms/contract.ts';

const MemoryPath = UserPath.extend({
  memory_id: z.string().min(1).max(256).openapi({ description: 'Its id, or your own `message_id`.' }),
});
const flag = z.enum(['true', 'false']).optional();
const share = z.coerce.number().min(0).max(1).optional();
const ListQuery = PageQuery.extend({
  palace_id: z.string().min(1).max(64).optional(),
  category: Category.optional(),
  room: z.string().min(1).max(32).optional().openapi({ description: 'Of the palace named, else of the default one.' }),
  min_strength: share,
  pinned: flag,
  due: flag,
  kind: z.enum(['message', 'note']).optional(),
});
const DueQuery = PageQuery.extend({ palace_id: z.string().min(1).max(64).optional() });
/** A number that a query must give: coercion alone would call it optional. */
const given = (least: number) =>
  z.coerce
    .number()
    .min(least)
    .max(100_000)
    .openapi({ param: { required: true }, example: 1 });
const NearQuery = PageQuery.extend({
  x: given(-100_000),
  y: given(-100_000),
  z: given(-100_000),
  radius: given(0),
  palace_id: z.string().min(1).max(64).optional(),
});

const describe = { tags: ['palace'], security: bearer };
const one = { 200: json(MemoryView, 'The memory.'), ...problems };

const create = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/memories',
  'x-scope': 'ingest',
  summary: 'Store a note',
  description: 'A note is kept as a message of the conversation `notes`, and found, restored and deleted like one.',
  'x-creates-user': true,
  request: { params: UserPath, query: WaitQuery, headers: IdempotencyHeader, body: jsonBody(NewNote) },
  responses: {
    201: json(MemoryView, 'Stored and placed (`?wait=true`).'),
    202: json(MemoryView, 'Stored. It is placed in the background; until then it has no position.'),
    ...problems,
  },
});
const list = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/memories',
  'x-scope': 'read',
  summary: 'Memories that are placed, newest first; with `due=true` the longest overdue first',
  request: { params: UserPath, query: ListQuery },
  responses: { 200: json(MemoryPage, 'One page.'), ...problems },
});
const due = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/memories/due',
  'x-scope': 'read',
  summary: 'Memories whose next review has come, the longest overdue first',
  request: { params: UserPath, query: DueQuery },
  responses: { 200: json(MemoryPage, 'One page.'), ...problems },
});
const near = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/memories/near',
  'x-scope': 'read',
  summary: 'Memories around a position, the nearest first',
  request: { params: UserPath, query: NearQuery },
  responses: { 200: json(SpatialAnswer, 'One page.'), ...problems },
});
const query = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/memories/query',
  'x-scope': 'read',
  summary: 'Memories in a box, a sphere or a view, or nearest to a point',
  request: { params: UserPath, body: jsonBody(SpatialQuery) },
  responses: { 200: json(SpatialAnswer, 'One page.'), ...problems },
});
const get = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/memories/{memory_id}',
  'x-scope': 'read',
  summary: 'One memory',
  request: { params: MemoryPath },
  responses: one,
});
const patch = createRoute({
  ...describe,
  method: 'patch',
  path: '/users/{user_id}/memories/{memory_id}',
  'x-scope': 'ingest',
  summary: 'Change what is noted of a memory; its text never changes',
  request: { params: MemoryPath, body: jsonBody(MemoryPatch) },
  responses: one,
});
const remove = createRoute({
  ...describe,
  method: 'delete',
  path: '/users/{user_id}/memories/{memory_id}',
  'x-scope': 'ingest',
  summary: 'Delete a memory with the message it is of',
  request: { params: MemoryPath },
  responses: { 204: { description: 'Deleted.' }, ...problems },
});
const reinforce = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/memories/{memory_id}/reinforce',
  'x-scope': 'ingest',
  summary: 'Note that a memory was recalled, and how well',
  request: { params: MemoryPath, headers: IdempotencyHeader, body: jsonBody(Reinforcement) },
  responses: one,
});
const curve = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/memories/{memory_id}/curve',
  'x-scope': 'read',
  summary: 'How a memory fades if it is not recalled',
  request: { params: MemoryPath },
  responses: { 200: json(Curve, 'The curve.'), ...problems },
});

/** @returns the id of the note's message */
async function keepNote(env: Env, owner: Owner, note: NewNote, wait: boolean, key: string | undefined) {
  const { palace_id } = note;
  if (palace_id !== undefined) unwrap(await withPalace(env, owner, (palace) => palace.rooms(palace_id)));
  const message = noteMessage(note);
  const idempotency = key === undefined ? null : { key, fingerprint: fingerprintOf(owner.userId, [message]) };
  const stored = await userMemory(env, owner).ingest(owner, [prepareMessage(message, Date.now())], {
    wait,
    idempotency,
    origin: currentOrigin(),
  });
  return unwrap(stored).message_ids[0]!;
}

/** Sends what the object has serialised already. */
const asJson = <T>(c: Context<AppEnv>, text: string) =>
  c.body(text, 200, { 'content-type': 'application/json' }) as unknown as TypedResponse<T, 200, 'json'>;

const truth = (text: 'true' | 'false' | undefined) => (text === undefined ? undefined : text === 'true');

/** HTTP face of memories: parse, call the person's object, serialise. No rule lives here. */
export const memoryRoutes = newRouter()
  .openapi(create, async (c) => {
    const owner = ownerFor(c.var.principal, 'ingest', c.req.valid('param').user_id);
    const wait = c.req.valid('query').wait === 'true';
    const id = await keepNote(c.env, owner, c.req.valid('json'), wait, c.req.valid('header')['idempotency-key']);
    const memory = unwrap(await withPalace(c.env, owner, (palace) => palace.memory(id)));
    return c.json(memory, memory.position === null ? 202 : 201);
  })
  .openapi(due, async (c) => {
    const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
    const filters = MemoryFilters.parse({ due: true });
    const page = await withPalace(c.env, owner, (palace) => palace.memories({ ...c.req.valid('query'), filters }));
    return c.json(unwrap(page), 200);
  })
  .openapi(near, async (c) => {
    const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
    const { x, y, z: up, radius, ...page } = c.req.valid('query');
    const shape = { type: 'sphere' as const, center: [x, y, up] as [number, number, number], radius };
    const answer = unwrap(await userMemory(c.env, owner).querySpace(owner, { ...page, shape }));
    return asJson<SpatialAnswer>(c, answer);
  })
  .openapi(query, async (c) => {
    const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
    const answer = unwrap(await userMemory(c.env, owner).querySpace(owner, c.req.valid('json')));
    return asJson<SpatialAnswer>(c, answer);
  })
  .openapi(list, async (c) => {
    const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
    const { palace_id, limit, cursor, room, pinned, due: isDue, ...rest } = c.req.valid('query');
    const filters = MemoryFilters.parse({ ...rest, room_id: room, pinned: truth(pinned), due: truth(isDue) });
    const page = await withPalace(c.env, owner, (palace) => palace.memories({ filters, palace_id, limit, cursor }));
    return c.json(unwrap(page), 200);
  })
  .openapi(get, async (c) => {
    const { user_id, memory_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'read', user_id);
    return c.json(unwrap(await withPalace(c.env, owner, (palace) => palace.memory(memory_id))), 200);
  })
  .openapi(patch, async (c) => {
    const { user_id, memory_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', user_id);
    const changed = await withPalace(c.env, owner, (palace) => palace.patch(memory_id, c.req.valid('json')));
    return c.json(unwrap(changed), 200);
  })
  .openapi(remove, async (c) => {
    const { user_id, memory_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', user_id);
    unwrap(await userMemory(c.env, owner).deleteMessage(owner, memory_id));
    return c.body(null, 204);
  })
  .openapi(reinforce, async (c) => {
    const { user_id, memory_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'ingest', user_id);
    const { rating } = c.req.valid('json');
    const key = c.req.valid('header')['idempotency-key'];
    const fingerprint = fingerprintOf(owner.userId, ['reinforce', memory_id, rating]);
    const once = key === undefined ? null : { key, fingerprint };
    return c.json(unwrap(await withPalace(c.env, owner, (palace) => palace.reinforce(memory_id, rating, once))), 200);
  })
  .openapi(curve, async (c) => {
    const { user_id, memory_id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'read', user_id);
    return c.json(unwrap(await withPalace(c.env, owner, (palace) => palace.curve(memory_id))), 200);
  });
