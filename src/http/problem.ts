import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { count } from '../metrics/recorder.ts';
import { AppError, STATUS_OF } from '../shared/errors.ts';
import { log } from '../shared/log.ts';

/** Maps any thrown value to an RFC 9457 problem document. The only place that writes one. */
export function problem(thrown: unknown, c: Context): Response {
  const error = appErrorOf(thrown);
  if (error.code === 'internal') {
    count('errors_total', { place: 'http' });
    log.error('unhandled', {
      error: thrown,
    });
  }
  if (isPassing(thrown)) {
    log.error('object not available', { error: thrown });
  }
  const status = STATUS_OF[error.code];
  const body = {
    type: `/problems/${error.code}`,
    title: error.code.replaceAll('_', ' '),
    status,
    detail: error.detail,
    instance: c.req.path,
    code: error.code,
    request_id: c.get('requestId'),
    ...(error.faults ? { errors: error.faults } : {}),
    ...(error.inferences ? { inferences: error.inferences } : {}),
  };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterSeconds));
  if (error.code === 'unauthenticated') headers['www-authenticate'] = 'Bearer';
  return c.body(JSON.stringify(body), status, headers);
}

/**
 * The platform marks what is no fault of the request: an object that has too much to do, or whose life ended in the
 * middle of a call (a deployment, an erasure). Asking again helps.
 *
 * @see https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
 */
function isPassing(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { overloaded, retryable, durableObjectReset } = thrown as Error & Record<string, unknown>;
  return overloaded === true || retryable === true || durableObjectReset === true;
}

function appErrorOf(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  // hono throws these for a body of another type, or that is no JSON; its message names nothing of ours
  if (thrown instanceof HTTPException && thrown.status === 415) {
    return new AppError('unsupported_media_type', 'Send "Content-Type: application/json".');
  }
  if (thrown instanceof HTTPException && thrown.status < 500) {
    return new AppError('invalid_input', 'The request could not be read.', {
      faults: [{ in: 'body', pointer: '', detail: thrown.message }],
    });
  }
  if (isPassing(thrown)) {
    return new AppError('unavailable', 'This cannot be answered right now.', { retryAfterSeconds: 2 });
  }
  return new AppError('internal', 'The request could not be completed.');
}
