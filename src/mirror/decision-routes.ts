import { createRoute, z } from '@hono/zod-openapi';
import { askingOf, ownerFor } from '../auth/middleware.ts';
import { bearer, IdempotencyHeader, json, jsonBody, PageQuery, problems, UserPath } from '../http/contract.ts';

import { withMirror } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { onceOf } from '../messages/fingerprint.ts';
import { unwrap } from '../shared/errors.ts';
import { DecisionPage, DecisionPatch, DecisionQuestion, DecisionView, NewDecision } from './decisions/contract.ts';
import { DecisionPrediction } from './replies/contract.ts';

const DecisionPath = UserPath.extend({ decision_id: z.string().min(1).max(64) });
const describe = { tags: ['mirror'], security: bearer };

const record = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/mirror/decisions',
  'x-scope': 'profile',
  summary: 'Record what a user decided, or has to decide',
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(NewDecision) },
  responses: { 201: json(DecisionView, 'The decision.'), ...problems },
});
const list = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/mirror/decisions',
  'x-scope': 'profile',
  summary: 'Decisions of a user, the newest first',
  request: { params: UserPath, query: PageQuery },
  responses: { 200: json(DecisionPage, 'One page.'), ...problems },
});
const patch = createRoute({
  ...describe,
  method: 'patch',
  path: '/users/{user_id}/mirror/decisions/{decision_id}',
  'x-scope': 'profile',
  summary: 'Say what was chosen, or how it turned out',
  request: { params: DecisionPath, body: jsonBody(DecisionPatch) },
  responses: { 200: json(DecisionView, 'The decision as it is now.'), ...problems },
});
const predict = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/mirror/decisions/predict',
  'x-scope': 'profile',
  summary: 'What a user would choose',
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(DecisionQuestion) },
  responses: { 200: json(DecisionPrediction, 'Each option with its probability.'), ...problems },
});

/** HTTP face of a person's decisions. */
export const decisionRoutes = newRouter()
  .openapi(record, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['decision', body]);
    return c.json(
      unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.recordDecision(body, once))),
      201,
    );
  })
  .openapi(list, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const { limit, cursor } = c.req.valid('query');
    return c.json(
      unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.decisions(limit, cursor))),
      200,
    );
  })
  .openapi(patch, async (c) => {
    const { user_id: userId, decision_id: id } = c.req.valid('param');
    const owner = ownerFor(c.var.principal, 'profile', userId);
    const body = c.req.valid('json');
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.patchDecision(id, body))), 200);
  })
  .openapi(predict, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['predict-decision', body]);
    return c.json(
      unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.predictDecision(body, once))),
      200,
    );
  });
