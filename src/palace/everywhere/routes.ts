import { createRoute } from '@hono/zod-openapi';
import { ownerFor, ruledTenant } from '../../auth/middleware.ts';
import { gpuClientOf } from '../../gpu/open-origin.ts';
import { arenaIdOf } from '../../gpu/signature.ts';
import { bearer, json, jsonBody, problems } from '../../http/contract.ts';
import { withSpace } from '../../http/user-memory.ts';
import { newRouter } from '../../http/validate.ts';
import { askEverywhere } from './ask-everywhere.ts';
import { EverywhereAnswer, EverywhereQuery } from './contract.ts';

const query = createRoute({
  method: 'post',
  path: '/admin/spatial/query',
  tags: ['operator'],
  security: bearer,
  'x-scope': 'admin',
  summary: 'Ask the palaces of many users at once, of the tenant of the key',
  description:
    'Answers with ids and places, never with text. Large batches are computed by the GPU origin, if there is one.',
  request: { body: jsonBody(EverywhereQuery) },
  responses: { 200: json(EverywhereAnswer, 'One result for each query.'), ...problems },
});

/** HTTP face of queries over many people: parse, ask, serialise. */
export const everywhereRoutes = newRouter().openapi(query, async (c) => {
  const started = performance.now();
  ruledTenant(c.var.principal);
  const body = c.req.valid('json');
  const owners = new Map(
    [...new Set(body.queries.map(({ user_id }) => user_id))].map((id) => [id, ownerFor(c.var.principal, 'admin', id)]),
  );
  const owner = (user: string) => owners.get(user)!;
  const answer = await askEverywhere(
    {
      client: gpuClientOf(c.env),
      stamp: (user, palaceId) => withSpace(c.env, owner(user), (space) => space.stamp(palaceId)),
      points: (user, { palaceId, epoch }) => withSpace(c.env, owner(user), (space) => space.points(palaceId, epoch)),
      named: (user, { palaceId, epoch }, numbers) =>
        withSpace(c.env, owner(user), (space) => space.named(palaceId, epoch, numbers)),
      arenaId: (user, { palaceId, life }) =>
        arenaIdOf(c.env.GPU_ORIGIN_SECRET || 'none', ['points', owner(user).tenantId, user, palaceId, life]),
    },
    body,
  );
  return c.json({ ...answer, timing_ms: performance.now() - started }, 200);
});
