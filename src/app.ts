import { bodyLimit } from 'hono/body-limit';
import { requestId } from 'hono/request-id';
import { authenticate } from './auth/middleware.ts';
import { contextRoutes } from './context/routes.ts';
import { docsRoutes } from './http/docs.ts';
import { healthRoutes } from './http/health.ts';
import { problem } from './http/problem.ts';
import { newRouter } from './http/validate.ts';
import { liveRoutes } from './live/routes.ts';
import { LIMITS } from './messages/contract.ts';
import { messageRoutes } from './messages/routes.ts';
import { exportRoutes } from './palace/export/routes.ts';
import { memoryRoutes } from './palace/memory-routes.ts';
import { navigationRoutes } from './palace/navigation/routes.ts';
import { roomRoutes } from './palace/room-routes.ts';
import { palaceRoutes } from './palace/routes.ts';
import { trailRoutes } from './palace/trails/routes.ts';
import { personRoutes } from './person/routes.ts';
import { AppError } from './shared/errors.ts';
import { taskRoutes } from './tasks/routes.ts';

const tooLarge = () => {
  throw new AppError('too_large', `A body has at most ${LIMITS.bodyBytes} bytes.`);
};

/** The service, in the order a request passes through it. */
export const app = newRouter();

app.use(requestId({ limitLength: 64 }));
app.use(bodyLimit({ maxSize: LIMITS.bodyBytes, onError: tooLarge }));
app.route('/', healthRoutes);
app.route('/', docsRoutes);
app.doc31('/openapi.json', {
  openapi: '3.1.0',
  info: {
    title: 'Palimpsest',
    version: '0.1.0',
    description: 'Personal memory for applications that talk with people.',
  },
  servers: [{ url: '/' }],
});
app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });

app.use('/api/v1/*', authenticate);
app.route('/api/v1', messageRoutes);
app.route('/api/v1', taskRoutes);
app.route('/api/v1', palaceRoutes);
app.route('/api/v1', roomRoutes);
app.route('/api/v1', memoryRoutes);
app.route('/api/v1', navigationRoutes);
app.route('/api/v1', trailRoutes);
app.route('/api/v1', exportRoutes);
app.route('/api/v1', contextRoutes);
app.route('/api/v1', personRoutes);
app.route('/api/v1', liveRoutes);

app.onError(problem);
app.notFound((c) => problem(new AppError('not_found', 'No such route.'), c));
