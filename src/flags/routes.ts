import { createRoute, z } from '@hono/zod-openapi';
import { ruledTenant } from '../auth/middleware.ts';
import { bearer, json, jsonBody, PageQuery, problems } from '../http/contract.ts';
import { newRouter } from '../http/validate.ts';
import { AppError } from '../shared/errors.ts';
import { log } from '../shared/log.ts';
import { FlagChangePage, FlagRule, type FlagState, FlagsView } from './contract.ts';
import { ruleOf } from './evaluate.ts';
import { flagDesk } from './port.ts';
import { FLAG_NAMES, FLAGS } from './registry.ts';

const describe = { tags: ['operator'], security: bearer };

/** Each flag by its name; null takes what was set back. */
const FlagsBody = z
  .strictObject({
    flags: z.strictObject(Object.fromEntries(FLAG_NAMES.map((name) => [name, FlagRule.nullable().optional()]))),
    if_version: z
      .number()
      .int()
      .min(0)
      .optional()
      .openapi({ description: 'Change nothing (409) unless the flags are still of this version.' }),
  })
  .openapi('FlagsPut', { example: { flags: { mirror_reply_candidate: { kind: 'percentage', percentage: 5 } } } });

const list = createRoute({
  ...describe,
  method: 'get',
  path: '/flags',
  'x-scope': 'admin',
  summary: 'All flags, with what holds for your users',
  responses: { 200: json(FlagsView, 'The flags.'), ...problems },
});
const put = createRoute({
  ...describe,
  method: 'put',
  path: '/flags',
  'x-scope': 'admin',
  summary: 'Set some flags',
  description:
    'Flags that are not named stay as they are; null takes back what was set. A change is followed everywhere within 90 seconds, and is written down with who made it. A percentage is sticky: a user who is in stays in as it grows.',
  request: { body: jsonBody(FlagsBody) },
  responses: { 200: json(FlagsView, 'All flags, as they are now.'), ...problems },
});
const changes = createRoute({
  ...describe,
  method: 'get',
  path: '/flags/changes',
  'x-scope': 'admin',
  summary: 'Who changed which flag when, the newest first',
  request: {
    query: PageQuery.extend({
      cursor: z
        .string()
        .regex(/^\d{1,15}$/)
        .optional(),
    }),
  },
  responses: { 200: json(FlagChangePage, 'One page.'), ...problems },
});

const viewOf = (state: FlagState): FlagsView => ({
  version: state.version,
  flags: FLAG_NAMES.map((name) => ({
    name,
    description: FLAGS[name].description,
    rule: ruleOf(name, state),
    is_default: state.rules[name] === undefined,
  })),
});

/** HTTP face of feature flags. */
export const flagRoutes = newRouter()
  .openapi(list, async (c) => {
    const tenantId = ruledTenant(c.var.principal);
    return c.json(viewOf(await flagDesk(c.env, tenantId).flags()), 200);
  })
  .openapi(put, async (c) => {
    const tenantId = ruledTenant(c.var.principal);
    const { flags, if_version } = c.req.valid('json');
    const desk = flagDesk(c.env, tenantId);
    const { keyId } = c.var.principal;
    const state = await desk.changeFlags(tenantId, flags as Parameters<typeof desk.changeFlags>[1], {
      ...{ keyId, requestId: c.var.requestId },
      ...(if_version === undefined ? {} : { ifVersion: if_version }),
    });
    if (!state.ok) throw new AppError(state.code, state.detail);
    log.info('flags changed', { tenantId, by: keyId, flags: Object.keys(flags) });
    return c.json(viewOf(state.value), 200);
  })
  .openapi(changes, async (c) => {
    const tenantId = ruledTenant(c.var.principal);
    const { limit, cursor } = c.req.valid('query');
    return c.json(await flagDesk(c.env, tenantId).flagChanges(limit, cursor), 200);
  });
