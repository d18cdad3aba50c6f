import { createRoute, z } from '@hono/zod-openapi';
import type { HonoRequest } from 'hono';
import { askingOf, ownerFor } from '../auth/middleware.ts';
import { bearer, json, problems, UserPath } from '../http/contract.ts';
import { streamOf } from '../http/stream.ts';
import { withPerson } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { AppError, unwrap } from '../shared/errors.ts';
import { newUlid } from '../shared/ids.ts';
import { ImportReport } from './archive/contract.ts';
import { archiveOf, readArchive } from './archive/seal.ts';

const describe = { tags: ['person'], security: bearer, 'x-scope': 'admin' };
const NDJSON = 'application/x-ndjson';

const exporting = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/export',
  summary: 'Everything that is held of a user, as one archive',
  description:
    'Lines of JSON, streamed: `archive`, then every `record` (palaces, names of rooms, consents, the audit log, trails, decisions, ' +
    'predictions, reconstructions, digs), every `message` with its vector and its place, what was `derived`, and `end`. ' +
    'A `seal` after each page shows that it is as it was exported.',
  request: { params: UserPath },
  responses: { 200: { content: { [NDJSON]: { schema: z.string() } }, description: 'The archive.' }, ...problems },
});
const importing = createRoute({
  ...describe,
  method: 'post',
  path: '/users/{user_id}/import',
  summary: 'Take an archive in, as it was exported',
  description:
    'What is held already stays as it is, so an import may be repeated, and must be if it was cut short. The body may be ' +
    'of any size. What was derived is derived anew. Archives of another tenant, or that were changed, are refused.',
  'x-creates-user': true,
  request: { params: UserPath, body: { content: { [NDJSON]: { schema: z.string() } }, required: true } },
  responses: { 200: json(ImportReport, 'What the archive held.'), ...problems },
});

/** True of a request whose body is read as it comes. */
export const isImport = ({ method, path }: Pick<HonoRequest, 'method' | 'path'>): boolean =>
  method === 'POST' && /^\/api\/v1\/users\/[^/]+\/import$/.test(path);

/** HTTP face of a person's archive. */
export const archiveRoutes = newRouter()
  .openapi(exporting, async (c) => {
    const owner = ownerFor(c.var.principal, 'admin', c.req.valid('param').user_id);
    const secret = secretOf(c.env);
    const asking = askingOf(c);
    const page = (cursor: string | null) =>
      withPerson(c.env, owner, asking, async (person) => unwrap(await person.exportPage(cursor)));
    const first = await page(null); // a refusal is answered as one, not in the middle of a stream
    const head = {
      type: 'archive' as const,
      version: 1 as const,
      archive_id: newUlid(Date.now()),
      user_id: owner.userId,
      exported_at: new Date().toISOString(),
    };
    const pieces = archiveOf(owner, secret, head, (cursor) =>
      cursor === null ? Promise.resolve(first) : page(cursor),
    );
    const name = `palimpsest-${head.archive_id}.ndjson`;
    return c.body(streamOf(pieces), 200, {
      'content-type': `${NDJSON}; charset=utf-8`,
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
    }) as never;
  })
  .openapi(importing, async (c) => {
    const owner = ownerFor(c.var.principal, 'admin', c.req.valid('param').user_id);
    const { body } = c.req.raw;
    if (!body) {
      const faults = [{ in: 'body' as const, pointer: '', detail: 'Must be an archive.' }];
      throw new AppError('invalid_input', 'Send an archive as the body.', { faults });
    }
    const asking = askingOf(c);
    let isFirst = true;
    const report = await readArchive(body, owner.tenantId, secretOf(c.env), async (lines) => {
      const taken = await withPerson(c.env, owner, asking, (person) => person.importLines(lines, isFirst));
      isFirst = false;
      return unwrap(taken);
    });
    return c.json(report, 200);
  });

function secretOf({ SERVICE_SECRET }: { SERVICE_SECRET: string }): string {
  if (SERVICE_SECRET === '')
    throw new AppError('unavailable', 'SERVICE_SECRET is not set, so archives cannot be sealed.');
  return SERVICE_SECRET;
}
