import { createRoute } from '@hono/zod-openapi';
import { askingOf, ownerFor } from '../auth/middleware.ts';
import { bearer, IdempotencyHeader, json, jsonBody, problems, UserPath } from '../http/contract.ts';
import { withArchaeology } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { onceOf } from '../messages/fingerprint.ts';
import { unwrap } from '../shared/errors.ts';
import { GapPage, GapQuery } from './gaps/contract.ts';
import { MergeAnswer, MergeBody } from './merge/contract.ts';
import { PatternAnswer, PatternQuery } from './patterns/contract.ts';
import { TimelineAnswer, TimelineQuery } from './timeline/contract.ts';

const describe = { tags: ['archaeology'], security: bearer };

const gaps = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/gaps',
  'x-scope': 'profile',
  summary: 'Where messages are likely missing, the latest first',
  description:
    'Needs consent to `reconstruction`. A message that was deleted through this API leaves a gap that may be found like any other.',
  request: { params: UserPath, query: GapQuery },
  responses: { 200: json(GapPage, 'One page.'), ...problems },
});
const patterns = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/patterns',
  'x-scope': 'profile',
  summary: 'Habits of a user and their changes, tested for significance',
  description: 'Needs consent to `style`.',
  request: { params: UserPath, query: PatternQuery },
  responses: { 200: json(PatternAnswer, 'Each with its numbers, evidence and a plain sentence.'), ...problems },
});
const timeline = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/timeline',
  'x-scope': 'profile',
  summary: 'How a user wrote over time, ready to be drawn',
  description: 'Needs consent to `style`; gaps need `reconstruction` too, and valence `emotion`.',
  request: { params: UserPath, query: TimelineQuery },
  responses: { 200: json(TimelineAnswer, 'One value a bucket in each series.'), ...problems },
});
const merge = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/merge',
  'x-scope': 'profile',
  summary: "Compare another participant's export of a chat with the user's record",
  description: 'Needs consent to `reconstruction`. Nothing of it becomes a message of the user.',
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(MergeBody) },
  responses: { 200: json(MergeAnswer, 'What both have, and what only the other export has.'), ...problems },
});

/** HTTP face of what is missing in a history, and of how a person changes. */
export const archaeologyRoutes = newRouter()
  .openapi(gaps, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const query = c.req.valid('query');
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.gaps(query))), 200);
  })
  .openapi(patterns, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const query = c.req.valid('query');
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.patterns(query))), 200);
  })
  .openapi(timeline, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const query = c.req.valid('query');
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.timeline(query))), 200);
  })
  .openapi(merge, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['merge', body]);
    return c.json(unwrap(await withArchaeology(c.env, owner, askingOf(c), (dug) => dug.merge(body, once))), 200);
  });
