import { Hono } from 'hono';
import { AppError } from '../shared/errors.ts';
import type { AppEnv } from './app-env.ts';

const FILES = new Set(['index.html', 'init.js', 'swagger-ui.css', 'swagger-ui-bundle.js']);

/** The interactive reference: the build's Swagger UI files over `/openapi.json`. Only these files are served. */
export const docsRoutes = new Hono<AppEnv>()
  .get('/docs', (c) => c.redirect('/docs/'))
  .get('/docs/:file?', async (c) => {
    const file = c.req.param('file') || 'index.html';
    if (!FILES.has(file)) throw new AppError('not_found', 'No such page.');
    // the assets binding answers index.html only at the folder's own address
    return c.env.ASSETS.fetch(`https://assets.local/docs/${file === 'index.html' ? '' : file}`);
  });
