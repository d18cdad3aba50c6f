import { Hono } from 'hono';
import { AppError } from '../shared/errors.ts';
import type { AppEnv } from './app-env.ts';

const FILES = new Set(['init.js', 'swagger-ui.css', 'swagger-ui-bundle.js']);

/** The interactive reference: the build's Swagger UI files over `/openapi.json`. Only these files are served. */
export const docsRoutes = new Hono<AppEnv>()
  .get('/docs', (c) => c.redirect('/docs/'))
  // the assets binding answers index.html only at the folder's own address
  .get('/docs/', (c) => c.env.ASSETS.fetch('https://assets.local/docs/'))
  .get('/docs/:file', (c) => {
    const file = c.req.param('file');
    if (!FILES.has(file)) throw new AppError('not_found', 'No such page.');
    return c.env.ASSETS.fetch(`https://assets.local/docs/${file}`);
  });
