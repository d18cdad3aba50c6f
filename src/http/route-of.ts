import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';

export const UNMATCHED = 'unmatched';

/**
 * Template of the route that a request fits, as in `/api/v1/users/:user_id`: of the patterns that are not a middleware's the
 * first, which is the one that answers.
 */
export const routeOf = (c: Context): string =>
  matchedRoutes(c).find(({ path }) => !path.endsWith('*'))?.path ?? UNMATCHED;
