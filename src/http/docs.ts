import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AppError } from '../shared/errors.ts';
import type { AppEnv } from './app-env.ts';

const FILES = new Set(['init.js', 'swagger-ui.css', 'swagger-ui-bundle.js']);

const OPERATOR_FILES = new Set(['operator.js', 'operator.css', 'reading.js']);

/** What a binding answers has headers that cannot be changed, and none of those that stand for every answer. */
async function page(c: Context<AppEnv>, path: string): Promise<Response> {
  const { body, status, headers } = await c.env.ASSETS.fetch(`https://assets.local${path}`);
  return c.newResponse(body, status as ContentfulStatusCode, Object.fromEntries(headers));
}

/** The operator page, and the interactive reference: the build's Swagger UI files over `/openapi.json`. Only these files are served. */
export const docsRoutes = new Hono<AppEnv>()
  .get('/docs', (c) => c.redirect('/docs/'))
  // the assets binding answers index.html only at the folder's own address
  .get('/docs/', (c) => page(c, '/docs/'))
  .get('/operator', (c) => c.redirect('/operator/'))
  .get('/operator/', (c) => page(c, '/operator/'))
  .get('/operator/:file', (c) => {
    const file = c.req.param('file');
    if (!OPERATOR_FILES.has(file)) throw new AppError('not_found', 'No such page.');
    return page(c, `/operator/${file}`);
  })
  .get('/docs/:file', (c) => {
    const file = c.req.param('file');
    if (!FILES.has(file)) throw new AppError('not_found', 'No such page.');
    return page(c, `/docs/${file}`);
  });
