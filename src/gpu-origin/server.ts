import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ORIGIN_STATUS, type OriginProblem } from '../gpu/contract.ts';
import { DEADLINE_HEADER } from '../gpu/signature.ts';
import { WireError } from '../spatial/wire.ts';
import { Gate } from './gate.ts';
import { type Answer, routeOf } from './operations.ts';
import { lengthOf, readBody } from './read-body.ts';
import { OriginRefusal } from './refusal.ts';
import type { Service } from './service.ts';

/** Where a request does not say by when it needs its answer, ms. */
const LONGEST_MS = 60_000;
/** A client that does not read its answer is cut off after so long, ms. */
const IDLE_MS = 30_000;

export interface Listening {
  port: number;
  /** answers what is under way for at most so long, then cuts what is left */
  close(graceMs: number): Promise<void>;
}

/** Serves over HTTP/1.1 with keep-alive. Only /health, /ready and /metrics are open: they say nothing of anyone. */
export async function listen(service: Service): Promise<Listening> {
  const { config } = service;
  const gate = new Gate(config.secret);
  const server = createServer(
    { connectionsCheckingInterval: Math.min(1_000, config.graceMs) },
    (request, response) => void serve({ service, gate }, request, response),
  );
  server.headersTimeout = config.graceMs;
  server.requestTimeout = 0; // read-body.ts watches the rate: a large frame may take long
  server.keepAliveTimeout = 60_000;
  server.maxConnections = config.maxConnections;
  server.setTimeout(IDLE_MS);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: (graceMs) => end(server, graceMs) };
}

async function end(server: Server, graceMs: number): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await ended;
  clearTimeout(cut);
}

interface Context {
  service: Service;
  gate: Gate;
}

async function serve(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now();
  const url = new URL(request.url ?? '/', 'http://origin');
  const found = routeOf(request.method ?? '', url.pathname);
  let answer: Answer;
  try {
    answer = openAnswer(context.service, request.method, url) ?? (await signedAnswer(context, request, url, found));
  } catch (error) {
    answer = refusalOf(error);
  }
  const route = found?.route.name ?? (answer.status === 404 ? 'none' : 'open');
  context.service.metrics.answered(route, answer.status, (performance.now() - started) / 1_000);
  send(request, response, answer);
}

function openAnswer({ ready, metrics }: Service, method: string | undefined, url: URL): Answer | null {
  if (method !== 'GET') return null;
  if (url.pathname === '/health') return { status: 200, json: { ok: true } };
  if (url.pathname === '/ready') return { status: 200, json: ready() };
  if (url.pathname !== '/metrics') return null;
  const now = ready();
  const text = metrics.text([
    { name: 'gpu_origin_webgpu', help: 'Whether a GPU is at work.', value: now.backend === 'webgpu' ? 1 : 0 },
    { name: 'gpu_origin_devices_lost', help: 'How often the GPU was lost.', value: now.devices_lost },
    { name: 'gpu_origin_arenas', help: 'Arenas that are resident.', value: now.arenas },
    { name: 'gpu_origin_arena_bytes', help: 'Their size.', value: now.arena_bytes },
    { name: 'gpu_origin_queued_queries', help: 'Queries that wait for their answer.', value: now.queued_queries },
    { name: 'gpu_origin_open_jobs', help: 'Jobs that have not ended.', value: now.jobs },
  ]);
  return { status: 200, frame: Buffer.from(text) };
}

async function signedAnswer(
  { service, gate }: Context,
  request: IncomingMessage,
  url: URL,
  found: ReturnType<typeof routeOf>,
): Promise<Answer> {
  const { method = '', url: target = '', headers } = request;
  lengthOf(request, service.config);
  const hash = gate.admit({ method, target, headers }, Date.now());
  if (hash === null) throw new OriginRefusal('unsigned', 'The request is not signed, or its time is over.');
  if (!found) throw new OriginRefusal('not_found', 'No such route.');
  const wait = Number(headers[DEADLINE_HEADER] ?? LONGEST_MS);
  const deadline = performance.now() + (wait >= 0 ? Math.min(wait, LONGEST_MS) : LONGEST_MS);
  const body = await readBody(request, hash, service.config, found.route.name === 'arena');
  return found.route.answer(service, { method, url, body, deadline }, found.named);
}

function refusalOf(error: unknown): Answer {
  if (error instanceof OriginRefusal) {
    const problem: OriginProblem = { code: error.code, detail: error.message };
    if (error.arenas) problem.arenas = error.arenas;
    return { status: ORIGIN_STATUS[error.code], json: problem };
  }
  if (error instanceof WireError) return { status: 400, json: { code: 'bad_frame', detail: error.message } };
  console.error('unhandled', { error });
  return { status: 500, json: { code: 'failed', detail: 'The request could not be completed.' } };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  const isFrame = 'frame' in answer;
  const body = isFrame ? answer.frame : Buffer.from(JSON.stringify(answer.json));
  response.statusCode = answer.status;
  const isText = request.url === '/metrics' && answer.status === 200;
  const type = isText ? 'text/plain; version=0.0.4' : isFrame ? 'application/octet-stream' : 'application/json';
  response.setHeader('content-type', type);
  response.setHeader('content-length', body.byteLength);
  if (answer.status === 429) response.setHeader('retry-after', '1');
  // what was not read of a refused body is not waited for
  if (!request.complete) response.setHeader('connection', 'close');
  response.end(body);
}
