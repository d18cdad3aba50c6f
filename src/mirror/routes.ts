import { createRoute } from '@hono/zod-openapi';
import { askingOf, ownerFor } from '../auth/middleware.ts';
import { bearer, IdempotencyHeader, json, jsonBody, problems, UserPath } from '../http/contract.ts';
import { withMirror } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { onceOf } from '../messages/fingerprint.ts';
import { unwrap } from '../shared/errors.ts';
import { AuthorAnswer, AuthorQuestion, EmotionAnswer, EmotionQuery, FingerprintAnswer, Profile } from './contract.ts';
import { EvolutionAnswer, EvolutionQuery, FutureAnswer, FutureQuestion } from './evolution/contract.ts';

const describe = { tags: ['mirror'], security: bearer };

const profile = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/mirror',
  'x-scope': 'profile',
  summary: 'What is concluded about a user, as far as they allow it',
  request: { params: UserPath },
  responses: { 200: json(Profile, 'The profile.'), ...problems },
});
const emotion = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/mirror/emotion',
  'x-scope': 'profile',
  summary: 'The usual mood of a user, and where it stands now',
  request: { params: UserPath, query: EmotionQuery },
  responses: { 200: json(EmotionAnswer, 'Each dimension.'), ...problems },
});

const evolution = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/mirror/evolution',
  'x-scope': 'profile',
  summary: 'How a user changes: trajectories with their changes of level',
  request: { params: UserPath, query: EvolutionQuery },
  responses: { 200: json(EvolutionAnswer, 'Each series.'), ...problems },
});
const fingerprint = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/mirror/fingerprint',
  'x-scope': 'profile',
  summary: 'How a user writes and types, and which messages are unlike them',
  request: { params: UserPath },
  responses: { 200: json(FingerprintAnswer, 'The fingerprint.'), ...problems },
});
const sameAuthor = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/mirror/same-author',
  'x-scope': 'profile',
  summary: 'Whether a user wrote some texts',
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(AuthorQuestion) },
  responses: { 200: json(AuthorAnswer, 'A calibrated probability.'), ...problems },
});
const futureSelf = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/mirror/future-self',
  'x-scope': 'profile',
  summary: 'Where the traits of a user are heading',
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(FutureQuestion) },
  responses: { 200: json(FutureAnswer, 'Each trait by year, with intervals that widen.'), ...problems },
});

/** HTTP face of the profile: parse, call the person's object, serialise. */
export const mirrorRoutes = newRouter()
  .openapi(profile, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.profile())), 200);
  })
  .openapi(emotion, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const query = c.req.valid('query');
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.emotion(query))), 200);
  })
  .openapi(evolution, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const query = c.req.valid('query');
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.evolution(query))), 200);
  })
  .openapi(fingerprint, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.fingerprint())), 200);
  })
  .openapi(sameAuthor, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['same-author', body]);
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.sameAuthor(body, once))), 200);
  })
  .openapi(futureSelf, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['future-self', body]);
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.futureSelf(body, once))), 200);
  });
