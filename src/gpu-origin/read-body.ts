import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { OriginRefusal } from './refusal.ts';

export interface BodyLimits {
  maxFrameBytes: number;
  leastBytesPerSecond: number;
  graceMs: number;
}

/** @throws OriginRefusal where a body is too long, or does not say how long it is */
export function lengthOf({ headers }: IncomingMessage, { maxFrameBytes }: BodyLimits): number {
  const length = Number(headers['content-length'] ?? 0);
  if (headers['transfer-encoding'] !== undefined || !Number.isInteger(length)) {
    throw new OriginRefusal('bad_frame', 'A body comes with its length.');
  }
  if (length > maxFrameBytes) throw new OriginRefusal('too_large', `A frame has at most ${maxFrameBytes} bytes.`);
  return length;
}

/**
 * Reads a body, with an eye on the clock.
 * @param hash SHA-256 in hex that it was signed with
 * @param isShared into a SharedArrayBuffer, so that threads read an arena where it came in; small ones that come often are
 *   cheaper to copy
 * @throws OriginRefusal where it is another body, or does not come in time: the connection is cut then
 */
export async function readBody(
  request: IncomingMessage,
  hash: string,
  limits: BodyLimits,
  isShared: boolean,
): Promise<Uint8Array> {
  const length = lengthOf(request, limits);
  const bytes = new Uint8Array(isShared ? new SharedArrayBuffer(length) : new ArrayBuffer(length));
  const digest = createHash('sha256');
  const started = performance.now();
  let at = 0;
  const watch = setInterval(() => {
    const due = ((performance.now() - started - limits.graceMs) / 1_000) * limits.leastBytesPerSecond;
    if (at <= due) request.destroy(new OriginRefusal('slow', 'The body comes too slowly.'));
  }, limits.graceMs);
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  request.on('data', (chunk: Buffer) => {
    bytes.set(chunk, at); // Node cuts a body off at its stated length
    digest.update(chunk);
    at += chunk.length;
  });
  request.on('end', resolve).on('error', reject).on('close', resolve); // closed before its end, it is too short
  try {
    await ended;
  } finally {
    clearInterval(watch);
  }
  if (at !== length || digest.digest('hex') !== hash) throw new OriginRefusal('unsigned', 'It is not the signed body.');
  return bytes;
}
