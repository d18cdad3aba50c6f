import { bodyLimit } from 'hono/body-limit';
import { requestId } from 'hono/request-id';
import { digRoutes } from './archaeology/dig-routes.ts';
import { reconstructRoutes } from './archaeology/reconstruct-routes.ts';
import { archaeologyRoutes } from './archaeology/routes.ts';
import { keyRoutes } from './auth/key-routes.ts';
import { authenticate } from './auth/middleware.ts';
import { ticketRoutes } from './auth/ticket-routes.ts';
import { contextRoutes } from './context/routes.ts';
import { flagRoutes } from './flags/routes.ts';
import { cors } from './http/cors.ts';
import { diagnosisRoutes } from './http/diagnosis/routes.ts';
import { docsRoutes } from './http/docs.ts';
import { securityHeaders } from './http/headers.ts';
import { healthRoutes } from './http/health.ts';
import { measure } from './http/measure.ts';
import { problem } from './http/problem.ts';
import { nameRequest } from './http/scope.ts';
import { countInFlight, refuseWhenFull } from './http/shed.ts';
import { newRouter } from './http/validate.ts';
import { liveRoutes } from './live/routes.ts';
import { LIMITS } from './messages/contract.ts';
import { messageRoutes } from './messages/routes.ts';
import { appEventRoutes, metricsRoutes } from './metrics/routes.ts';
import { decisionRoutes } from './mirror/decision-routes.ts';
import { predictionRoutes } from './mirror/prediction-routes.ts';
import { mirrorRoutes } from './mirror/routes.ts';
import { everywhereRoutes } from './palace/everywhere/routes.ts';
import { exportRoutes } from './palace/export/routes.ts';
import { memoryRoutes } from './palace/memory-routes.ts';
import { navigationRoutes } from './palace/navigation/routes.ts';
import { relayoutRoutes } from './palace/relayout/routes.ts';
import { roomNameRoutes } from './palace/room-names/routes.ts';
import { roomRoutes } from './palace/room-routes.ts';
import { palaceRoutes } from './palace/routes.ts';
import { trailRoutes } from './palace/trails/routes.ts';
import { archiveRoutes, isImport } from './person/archive-routes.ts';
import { consentRoutes } from './person/consent-routes.ts';
import { erasureRoutes } from './person/erasure-routes.ts';
import { personRoutes } from './person/routes.ts';
import { AppError } from './shared/errors.ts';
import { VERSION } from './shared/version.ts';
import { taskRoutes } from './tasks/routes.ts';

const tooLarge = () => {
  throw new AppError('too_large', `A body has at most ${LIMITS.bodyBytes} bytes.`);
};

/** The service, in the order a request passes through it. */
export const app = newRouter();

app.use(requestId({ limitLength: 64 }));
app.use(nameRequest);
app.use(measure);
app.use(securityHeaders);
app.use(cors);
app.use('/api/v1/*', refuseWhenFull);
const limited = bodyLimit({ maxSize: LIMITS.bodyBytes, onError: tooLarge });
// an archive is as large as what is held of a person, and is taken in page by page
app.use((c, next) => (isImport(c.req) ? next() : limited(c, next)));
app.route('/', healthRoutes);
app.route('/', metricsRoutes);
app.route('/', docsRoutes);
app.doc31('/openapi.json', {
  openapi: '3.1.0',
  info: {
    title: 'Palimpsest',
    version: VERSION,
    description: 'Personal memory for applications that talk with people.',
  },
  servers: [{ url: '/' }],
});
app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
app.openAPIRegistry.registerComponent('securitySchemes', 'ticket', { type: 'apiKey', in: 'query', name: 'ticket' });

app.use('/api/v1/*', authenticate, countInFlight);
app.route('/api/v1', messageRoutes);
app.route('/api/v1', taskRoutes);
app.route('/api/v1', palaceRoutes);
app.route('/api/v1', roomRoutes);
app.route('/api/v1', roomNameRoutes);
app.route('/api/v1', relayoutRoutes);
app.route('/api/v1', memoryRoutes);
app.route('/api/v1', navigationRoutes);
app.route('/api/v1', trailRoutes);
app.route('/api/v1', exportRoutes);
app.route('/api/v1', contextRoutes);
app.route('/api/v1', personRoutes);
app.route('/api/v1', consentRoutes);
app.route('/api/v1', mirrorRoutes);
app.route('/api/v1', predictionRoutes);
app.route('/api/v1', decisionRoutes);
app.route('/api/v1', archaeologyRoutes);
app.route('/api/v1', reconstructRoutes);
app.route('/api/v1', digRoutes);
app.route('/api/v1', archiveRoutes);
app.route('/api/v1', erasureRoutes); // erases last: whoever tries every route in order needs the user until here
app.route('/api/v1', liveRoutes);
app.route('/api/v1', ticketRoutes);
app.route('/api/v1', keyRoutes);
app.route('/api/v1', everywhereRoutes);
app.route('/api/v1', appEventRoutes);
app.route('/api/v1', diagnosisRoutes);
app.route('/api/v1', flagRoutes);

app.onError(problem);
app.notFound((c) => problem(new AppError('not_found', 'No such route.'), c));
