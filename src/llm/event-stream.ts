import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { z } from 'zod';
import { TextModelFailed } from './text-model.ts';

/** Longest line of a stream, in UTF-16 units: no part of a text is nearly as long. */
const MAX_BUFFER = 256_000;
/** A server closes its stream right after the last event, or it keeps us waiting for nothing. */
const LINGER_MS = 1_000;
/** Seconds, or a date. */
const SECONDS = /^\d+(\.\d+)?$/;
/** Of statuses below 500, those that say nothing about the request: time-outs, and a conflict on the other side. */
const PASSING = new Set([408, 409, 425]);
const BARRED = new Set([401, 402, 403, 404]);

/**
 * The `data` of each server-sent event of a response, as it comes.
 *
 * @throws TextModelFailed for a refusal, for what is no event stream, and for a connection that breaks
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function* eventsOf(response: Response, now: number): AsyncGenerator<string> {
  if (!response.ok) throw await refusalOf(response, now);
  const type = response.headers.get('content-type') ?? '';
  if (!response.body || !/^text\/event-stream\b/i.test(type)) {
    await response.body?.cancel();
    throw new TextModelFailed('garbled', 'The text model answered with something else than a stream of events.');
  }
  const ready: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => ready.push(event), maxBufferSize: MAX_BUFFER });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await read(reader);
      if (done) return;
      feed(parser, value);
      for (const { data } of ready.splice(0)) yield data;
    }
  } finally {
    void finish(reader);
  }
}

/** Reads what follows the last event, so that the connection can be used again; not for long. */
async function finish(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  const cancel = () => void reader.cancel().catch(() => {}); // it may have broken already
  const timer = setTimeout(cancel, LINGER_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // there is nothing to lose any more
  } finally {
    clearTimeout(timer);
  }
}

async function read(reader: ReadableStreamDefaultReader<string>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new TextModelFailed('cut', 'The connection to the text model broke.', { cause });
  }
}

function feed(parser: ReturnType<typeof createParser>, text: string): void {
  try {
    parser.feed(text);
  } catch (cause) {
    throw new TextModelFailed('garbled', 'The text model sent a line without end.', { cause });
  }
}

/** @throws TextModelFailed unless `data` is JSON of the shape that the protocol has */
export function parseEvent<T>(schema: z.ZodType<T>, data: string): T {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    throw new TextModelFailed('garbled', 'The text model sent an event that is not JSON.');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new TextModelFailed('garbled', 'The text model sent an event of another shape.');
  return parsed.data;
}

/** A request over the network. @throws TextModelFailed where nothing answers */
export async function post(url: string, headers: Record<string, string>, body: unknown, signal: AbortSignal) {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  try {
    // a key goes nowhere but to the address that the operator has named
    return await fetch(url, { ...init, body: JSON.stringify(body), signal, redirect: 'manual' });
  } catch (cause) {
    throw new TextModelFailed('away', 'The text model cannot be reached.', { cause });
  }
}

/** The body of a refusal may quote the prompt, so it is read away and not told. */
async function refusalOf(response: Response, now: number): Promise<TextModelFailed> {
  await response.body?.cancel();
  const { status } = response;
  const message = `The text model answered ${status}.`;
  const retryAfterMs = retryAfter(response.headers.get('retry-after'), now);
  if (status === 429) return new TextModelFailed('busy', message, { retryAfterMs });
  if (status >= 500 || PASSING.has(status)) return new TextModelFailed('away', message, { retryAfterMs });
  if (BARRED.has(status) || status < 400) return new TextModelFailed('barred', message);
  return new TextModelFailed('refused', message);
}

/** @see RFC 9110, section 10.2.3 */
function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (SECONDS.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
