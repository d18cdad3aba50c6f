import { Hono } from 'hono';
import { AppError } from '../shared/errors.ts';
import type { AppEnv } from './app-env.ts';

const FILES = new Set(['init.js', 'swagger-ui.css', 'swagger-ui-bundle.js']);

const OPERATOR_FILES = new Set(['operator.js', 'operator.css', 'reading.js']);

/** The operator page, and the interactive reference: the build's Swagger UI files over `/openapi.json`. Only these files are served. */
export const docsRoutes = new Hono<AppEnv>()
  .get('/docs', (c) => c.redirect('/docs/'))
  // the assets binding answers index.html only at the folder's own address
  .get('/docs/', (c) => c.env.ASSETS.fetch('https://assets.local/docs/'))
  .get('/operator', (c) => c.redirect('/operator/'))
  .get('/operator/', (c) => c.env.ASSETS.fetch('https://assets.local/operator/'))
  .get('/operator/:file', (c) => {
    const file = c.req.param('file');
    if (!OPERATOR_FILES.has(file)) throw new AppError('not_found', 'No such page.');
    return c.env.ASSETS.fetch(`https://assets.local/operator/${file}`);
  })
  .get('/docs/:file', (c) => {
    const file = c.req.param('file');
    if (!FILES.has(file)) throw new AppError('not_found', 'No such page.');
    return c.env.ASSETS.fetch(`https://assets.local/docs/${file}`);
  });
