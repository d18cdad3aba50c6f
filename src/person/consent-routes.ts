import { createRoute } from '@hono/zod-openapi';
import { askingOf, ownerFor } from '../auth/middleware.ts';
import { bearer, json, jsonBody, PageQuery, problems, UserPath } from '../http/contract.ts';
import { withMirror } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { unwrap } from '../shared/errors.ts';
import { AuditPage } from './audit/contract.ts';
import { Consent, ConsentChange } from './consent/contract.ts';

const describe = { tags: ['person'], security: bearer };

const read = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/consent',
  'x-scope': 'profile',
  summary: 'What a user allows to be concluded about them',
  request: { params: UserPath },
  responses: { 200: json(Consent, 'Each inference.'), ...problems },
});
const change = createRoute({
  ...describe,
  method: 'put',
  path: '/users/{user_id}/consent',
  'x-scope': 'profile',
  summary: 'Allow or forbid; what was concluded under a consent that is withdrawn is erased',
  'x-creates-user': true,
  request: { params: UserPath, body: jsonBody(ConsentChange) },
  responses: { 200: json(Consent, 'Each inference, as it is now.'), ...problems },
});
const audit = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/audit',
  'x-scope': 'profile',
  summary: 'Who changed consent and who read the profile, the newest first',
  description: 'The last 10,000 reads are kept, and beside them the last 1,000 changes of consent.',
  request: { params: UserPath, query: PageQuery },
  responses: { 200: json(AuditPage, 'One page.'), ...problems },
});

/** HTTP face of consent, and of the log of who used it. */
export const consentRoutes = newRouter()
  .openapi(read, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.consent())), 200);
  })
  .openapi(change, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const body = c.req.valid('json');
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.setConsent(body))), 200);
  })
  .openapi(audit, async (c) => {
    const owner = ownerFor(c.var.principal, 'profile', c.req.valid('param').user_id);
    const { limit, cursor } = c.req.valid('query');
    return c.json(unwrap(await withMirror(c.env, owner, askingOf(c), (mirror) => mirror.audit(limit, cursor))), 200);
  });
