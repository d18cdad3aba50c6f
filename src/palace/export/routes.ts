import { createRoute, z } from '@hono/zod-openapi';
import type { Owner } from '../../auth/contract.ts';
import { ownerFor } from '../../auth/middleware.ts';
import type { Env } from '../../env.ts';
import { bearer, problems, UserPath } from '../../http/contract.ts';
import type { ScenePage, ScenePageOptions } from '../../http/reader-port.ts';
import { streamOf } from '../../http/stream.ts';
import { withReader } from '../../http/user-memory.ts';
import { newRouter } from '../../http/validate.ts';
import { AppError, unwrap } from '../../shared/errors.ts';
import { ExportQuery, MAX_EXPORTED, Scene } from './contract.ts';
import { sceneGlb } from './glb.ts';
import { sceneJson } from './scene.ts';

const exportPalace = createRoute({
  method: 'get',
  path: '/users/{user_id}/palaces/{palace_id}/export',
  tags: ['palace'],
  security: bearer,
  'x-scope': 'read',
  summary: 'A palace as a file: JSON, or GLB for any glTF viewer',
  request: { params: UserPath.extend({ palace_id: z.string().min(1).max(64) }), query: ExportQuery },
  responses: {
    200: {
      content: {
        'application/json': { schema: Scene },
        'model/gltf-binary': { schema: z.string().openapi({ format: 'binary' }) },
      },
      description: 'The palace with its rooms, doors, anchors and memories. Metres; z up in JSON, y up in GLB.',
    },
    ...problems,
  },
});

/** The memories of a palace, a call to the person's object a page: a client that reads slowly holds nothing of it. */
async function* pagesOf(env: Env, owner: Owner, palaceId: string, options: ScenePageOptions) {
  let after: number | null = null;
  do {
    const from: number | null = after;
    const answer = await withReader(env, owner, (reader) => reader.page(palaceId, from, options));
    const page: ScenePage = unwrap(answer);
    yield page.memories;
    after = page.next;
  } while (after !== null);
}

/** HTTP face of exports. */
export const exportRoutes = newRouter().openapi(exportPalace, async (c) => {
  const { user_id: userId, palace_id: id } = c.req.valid('param');
  const { format, content, include_reconstructed: reconstructed } = c.req.valid('query');
  const owner = ownerFor(c.var.principal, 'read', userId);
  const frame = unwrap(await withReader(c.env, owner, (reader) => reader.frame(id)));
  if (frame.palace.memories > MAX_EXPORTED) {
    throw new AppError('too_large', `An export has at most ${MAX_EXPORTED} memories.`);
  }
  const pages = pagesOf(c.env, owner, id, {
    withContent: content === 'true',
    withReconstructed: reconstructed === 'true',
  });
  const named = (extension: string, type: string) => ({
    'content-type': type,
    'content-disposition': `attachment; filename="palace.${extension}"`,
  });
  if (format === 'json') {
    return new Response(streamOf(sceneJson(frame, pages)), { headers: named('json', 'application/json') });
  }
  const pieces = await sceneGlb(frame, pages);
  if (!pieces)
    throw new AppError('too_large', 'The file would be too large as GLB: leave out content, or ask for JSON.');
  return new Response(streamOf(pieces), { headers: named('glb', 'model/gltf-binary') });
});
