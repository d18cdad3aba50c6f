import { createMiddleware } from 'hono/factory';
import { incomingTrace, rootSpan, setTracingBy } from '../metrics/trace.ts';
import { setLogLevel } from '../shared/log.ts';
import { inOrigin } from '../shared/request-scope.ts';
import type { AppEnv } from './app-env.ts';
import { routeOf } from './route-of.ts';

/** Whatever a request leads to can name it: in logs, in Postgres, and, where traces are on, as spans of one trace. */
export const nameRequest = createMiddleware<AppEnv>((c, next) => {
  setLogLevel(c.env.LOG_LEVEL);
  setTracingBy(c.env);
  const { isSampled, traceparent } = incomingTrace(c.req.header('traceparent'));
  const origin = { requestId: c.var.requestId, traceparent };
  if (!isSampled) return inOrigin({ ...origin, traceparent: null }, next);
  const { method } = c.req;
  return inOrigin(origin, () =>
    rootSpan(method, 'server', { 'http.request.method': method, 'request.id': c.var.requestId }, async (span) => {
      await next();
      const route = routeOf(c);
      span.name = `${method} ${route}`;
      span.set({ 'http.route': route, 'http.response.status_code': c.res.status });
      if (c.res.status >= 500) span.fail();
    }),
  );
});
