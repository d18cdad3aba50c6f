import { createRoute } from '@hono/zod-openapi';
import { askingOf, ownerFor } from '../auth/middleware.ts';
import { bearer, json, problems, UserPath } from '../http/contract.ts';
import { userMemory, withPerson } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { unwrap } from '../shared/errors.ts';
import { UserStatus } from './contract.ts';
import { Retention } from './retention/contract.ts';

const status = createRoute({
  method: 'get',
  path: '/users/{user_id}',
  tags: ['person'],
  security: bearer,
  'x-scope': 'read',
  summary: 'How many messages are held, searchable and saved',
  request: { params: UserPath },
  responses: { 200: json(UserStatus, 'Counts, no content.'), ...problems },
});

const retention = createRoute({
  method: 'get',
  path: '/users/{user_id}/retention',
  tags: ['person'],
  security: bearer,
  'x-scope': 'read',
  summary: 'For how long what is held of a user is kept, and what was removed for its age',
  request: { params: UserPath },
  responses: { 200: json(Retention, 'The policy of the tenant, and counts.'), ...problems },
});

/** HTTP face of a person as a whole. */
export const personRoutes = newRouter()
  .openapi(status, async (c) => {
    const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
    return c.json(unwrap(await userMemory(c.env, owner).status(owner)), 200);
  })
  .openapi(retention, async (c) => {
    const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
    return c.json(unwrap(await withPerson(c.env, owner, askingOf(c), (person) => person.retention())), 200);
  });
