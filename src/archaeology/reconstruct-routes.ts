import { createRoute, z } from '@hono/zod-openapi';
import { askingOf, ownerFor } from '../auth/middleware.ts';
import { bearer, IdempotencyHeader, json, jsonBody, problems, UserPath } from '../http/contract.ts';
import { withArchaeology } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { onceOf } from '../messages/fingerprint.ts';
import { count } from '../metrics/recorder.ts';
import { unwrap } from '../shared/errors.ts';
import { ReconstructAnswer, ReconstructBody, VerdictBody } from './reconstruct/contract.ts';
import { ReconstructionPage, ReconstructionQuery, ReconstructionView } from './reconstructions/contract.ts';

const OnePath = UserPath.extend({ reconstruction_id: z.string().min(1).max(64) });
const describe = { tags: ['archaeology'], security: bearer };

const reconstruct = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/reconstruct',
  'x-scope': 'profile',
  summary: 'What most likely stood where messages are missing',
  description:
    'Needs consent to `reconstruction`. What is proposed is labelled, kept apart from messages, and in no search, context, ' +
    'profile or export.',
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(ReconstructBody) },
  responses: {
    200: json(ReconstructAnswer, 'For each missing message what is proposed, or why nothing is.'),
    ...problems,
  },
});
const list = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/reconstructions',
  'x-scope': 'profile',
  summary: 'What was proposed, the newest first',
  request: { params: UserPath, query: ReconstructionQuery },
  responses: { 200: json(ReconstructionPage, 'One page.'), ...problems },
});
const get = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/reconstructions/{reconstruction_id}',
  'x-scope': 'profile',
  summary: 'One reconstruction with its evidence and verdict',
  request: { params: OnePath },
  responses: { 200: json(ReconstructionView, 'The reconstruction.'), ...problems },
});
const judge = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/reconstructions/{reconstruction_id}/verdict',
  'x-scope': 'profile',
  summary: 'Say whether it was so',
  description:
    'An accepted or corrected text becomes a memory of origin `reconstructed`, for ever labelled as such. A later verdict ' +
    'replaces an earlier one. Confidence learns from each.',
  request: { params: OnePath, headers: IdempotencyHeader, body: jsonBody(VerdictBody) },
  responses: { 200: json(ReconstructionView, 'The reconstruction as it is now.'), ...problems },
});

/** HTTP face of reconstructions. */
export const reconstructRoutes = newRouter()
  .openapi(reconstruct, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['reconstruct', body]);
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.reconstruct(body, once))), 200);
  })
  .openapi(list, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const query = c.req.valid('query');
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.reconstructions(query))), 200);
  })
  .openapi(get, async (c) => {
    const { user_id: userId, reconstruction_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'profile', userId);
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.reconstruction(id))), 200);
  })
  .openapi(judge, async (c) => {
    const { user_id: userId, reconstruction_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'profile', userId);
    const body = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['verdict', id, body]);
    const judged = unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.judge(id, body, once)));
    count('verdicts_total', { verdict: body.verdict });
    return c.json(judged, 200);
  });
