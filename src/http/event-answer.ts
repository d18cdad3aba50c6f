import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { type Outcome, type Refusal, STATUS_OF, unwrap } from '../shared/errors.ts';
import { log } from '../shared/log.ts';
import type { AppEnv } from './app-env.ts';
import { json } from './contract.ts';
import type { FeedEvent, FeedPort } from './event-feed.ts';

const EVENT_STREAM = 'text/event-stream';
const ERROR =
  '`error`: it broke off, and nothing of it counts: `code`, `status`, `detail`, `request_id` and perhaps ' +
  '`retry_after_seconds`, as in a problem document.';

/** As `json`, of an answer that may also come as events. @param events what each is, the last one last */
export function jsonOrEvents<T extends z.ZodType>(schema: T, description: string, events: string) {
  const { content } = json(schema, description);
  const told = `${description} With \`stream: true\` or \`Accept: ${EVENT_STREAM}\` as events. ${events} ${ERROR}`;
  return { content: { ...content, [EVENT_STREAM]: { schema: z.string() } }, description: told };
}

/** Whether events are asked for: in the body, else by the `Accept` header. */
export const wantsEvents = (c: Context, stream: boolean | undefined): boolean =>
  stream ?? new RegExp(`(^|,)\\s*${EVENT_STREAM}\\s*(;|,|$)`, 'i').test(c.req.header('accept') ?? '');

/**
 * Answers with what a feed tells, as server-sent events. A refusal before its first event is answered as one. When the
 * client goes away the feed is stopped.
 *
 * @param connect opens the feed and gives it to `hear`; all that the feed is reached through is disposed of afterwards
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function eventAnswer(
  c: Context<AppEnv>,
  connect: (hear: (opened: Outcome<FeedPort>) => Promise<void>) => Promise<void>,
): Promise<Response> {
  const opened = Promise.withResolvers<FeedPort>();
  const over = Promise.withResolvers<void>();
  const running = connect(async (outcome) => {
    opened.resolve(unwrap(outcome));
    await over.promise;
    disposeOf(outcome);
  });
  running.catch(opened.reject);
  const feed = await opened.promise;
  const requestId = c.get('requestId');
  return streamSSE(c, async (stream) => {
    stream.onAbort(() => {
      void feed.stop().catch(() => {}); // it may have ended
      over.resolve();
    });
    try {
      for (let events = await feed.next(); events && !stream.aborted; events = await feed.next()) {
        if (events.length === 0) await stream.write(': still at it\n\n'); // so that no proxy takes it for dead
        for (const event of events) await stream.writeSSE(written(event, requestId));
      }
    } catch (error) {
      if (!stream.aborted) {
        log.error('an answer of events broke off', { requestId, error });
        await stream.writeSSE(written({ event: 'error', refusal: BROKEN }, requestId));
      }
    } finally {
      over.resolve();
    }
  });
}

const BROKEN: Refusal = { ok: false, code: 'unavailable', detail: 'The answer broke off.', retryAfterSeconds: 2 };

function written(event: FeedEvent, requestId: string): { event: string; data: string } {
  if (!('refusal' in event)) return { event: event.event, data: JSON.stringify(event.data) };
  const { code, detail, retryAfterSeconds, inferences } = event.refusal;
  const problem = {
    ...{ code, status: STATUS_OF[code], detail, request_id: requestId },
    ...(retryAfterSeconds === undefined ? {} : { retry_after_seconds: Math.ceil(retryAfterSeconds) }),
    ...(inferences === undefined ? {} : { inferences }),
  };
  return { event: 'error', data: JSON.stringify(problem) };
}

/** What RPC has given holds on to the object that gave it. */
function disposeOf(given: object): void {
  if (Symbol.dispose in given) (given as Disposable)[Symbol.dispose]();
}
