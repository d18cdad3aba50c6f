import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';

export const UNMATCHED = 'unmatched';

/** Template of the route that a request fits, as in `/api/v1/users/:user_id`: the last pattern that is not a middleware's. */
export function routeOf(c: Context): string {
  const routes = matchedRoutes(c);
  for (let i = routes.length - 1; i >= 0; i--) {
    const { path } = routes[i]!;
    if (!path.endsWith('*')) return path;
  }
  return UNMATCHED;
}
