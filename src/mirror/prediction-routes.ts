import { createRoute } from '@hono/zod-openapi';
import { askingOf, ownerFor } from '../auth/middleware.ts';
import { bearer, IdempotencyHeader, json, jsonBody, problems, UserPath } from '../http/contract.ts';
import { eventAnswer, jsonOrEvents, wantsEvents } from '../http/event-answer.ts';
import { withMirror } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { onceOf } from '../messages/fingerprint.ts';
import { unwrap } from '../shared/errors.ts';
import { CalibrationAnswer } from './calibration/contract.ts';
import { ChatAnswer, ChatQuestion, ResponsePrediction, ResponseQuestion } from './replies/contract.ts';

const describe = { tags: ['mirror'], security: bearer };

const response = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/mirror/predict-response',
  'x-scope': 'profile',
  summary: 'What a user would reply',
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(ResponseQuestion) },
  responses: { 200: json(ResponsePrediction, 'Candidates, the likeliest first.'), ...problems },
});

const chat = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/mirror/chat',
  'x-scope': 'profile',
  summary: 'What the mirror of a user answers: their own words from elsewhere, labelled as such',
  request: { params: UserPath, headers: IdempotencyHeader, body: jsonBody(ChatQuestion) },
  responses: {
    200: jsonOrEvents(
      ChatAnswer,
      'The answer with its confidence and sources.',
      '`start`: all but `draft`, `path` and `path_reason`. `draft`: `{"text"}`, the next piece of what a text model writes, ' +
        'each name and number of it checked. `end`: the whole answer; a draft that is not in it is to be taken away again.',
    ),
    ...problems,
  },
});
const calibration = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/mirror/calibrate',
  'x-scope': 'profile',
  summary: "How good predictions are: on the user's own held-back replies, and on what came true since",
  description: 'It also learns how sure to be of this user from now on. Half a second for a long history.',
  request: { params: UserPath, headers: IdempotencyHeader },
  responses: {
    200: json(CalibrationAnswer, 'Hit rates beside those of baselines, Brier score, calibration.'),
    ...problems,
  },
});

/** HTTP face of what a person would say. */
export const predictionRoutes = newRouter()
  .openapi(chat, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const { stream, ...body } = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['mirror-chat', body]);
    if (wantsEvents(c, stream)) {
      return eventAnswer(c, (hear) =>
        withMirror(c.env, owner, askingOf(c), async (mirror) => hear(await mirror.chatLive(body, once))),
      ) as never;
    }
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.chat(body, once))), 200);
  })
  .openapi(calibration, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const once = onceOf(owner, c.req.valid('header'), ['calibrate']);
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.calibrate(once))), 200);
  })
  .openapi(response, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    const once = onceOf(owner, c.req.valid('header'), ['predict-response', body]);
    return c.json(
      unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.predictResponse(body, once))),
      200,
    );
  });
