import { z } from '@hono/zod-openapi';
import { type Accepted, NewMessage, PLAIN } from '../messages/contract.ts';
import type { ErrorCode } from '../shared/errors.ts';
import { INFERENCES } from '../shared/inferences.ts';

/** What happened, without text: a client reads what it wants to show. */
export const NewEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message.accepted'), message_ids: z.array(z.string()), task_id: z.string() }),
  z.object({ type: z.literal('message.deleted'), message_ids: z.array(z.string()) }),
  z.object({ type: z.literal('memory.placed'), message_ids: z.array(z.string()) }),
  z.object({ type: z.literal('task.completed'), task_id: z.string() }),
  z.object({ type: z.literal('task.failed'), task_id: z.string(), error: z.string() }),
  z.object({
    type: z.literal('consent.changed'),
    granted: z.array(z.enum(INFERENCES)),
    withdrawn: z.array(z.enum(INFERENCES)),
  }),
  z.object({
    type: z.literal('reconstruction.proposed'),
    origin: z.literal('reconstructed'),
    reconstruction_ids: z.array(z.string()),
  }),
  z.object({
    type: z.literal('reconstruction.judged'),
    origin: z.literal('reconstructed'),
    reconstruction_id: z.string(),
    verdict: z.enum(['accept', 'correct', 'reject']),
    memory_id: z.string().nullable(),
  }),
  z.object({ type: z.literal('dig.progress'), dig_id: z.string(), progress: z.number() }),
  z.object({
    type: z.literal('dig.completed'),
    dig_id: z.string(),
    status: z.enum(['completed', 'cancelled', 'failed']),
  }),
  z.object({
    type: z.literal('relayout.progress'),
    task_id: z.string(),
    palace_id: z.string(),
    progress: z.number(),
  }),
  z.object({
    type: z.literal('relayout.ended'),
    task_id: z.string(),
    palace_id: z.string(),
    status: z.enum(['completed', 'failed', 'cancelled', 'undone']),
    moved: z.number().int(),
  }),
  z.object({ type: z.literal('profile.updated'), inferences: z.array(z.enum(INFERENCES)) }),
]);
export type NewEvent = z.infer<typeof NewEvent>;

export type LiveEvent = NewEvent & { sequence: number; at: string };

/** Metres. A wider sphere is no neighbourhood. */
const WIDEST = 100;
const coordinate = z.number().min(-100_000).max(100_000);

/** What a client may say over its socket: where its visitor stands, and how far it looks. The last one counts. */
export const VisitorPosition = z.strictObject({
  type: z.literal('position'),
  x: coordinate,
  y: coordinate,
  z: coordinate,
  radius: z.number().min(0).max(WIDEST),
  /** default: the default palace */
  palace_id: z.string().min(1).max(64).optional(),
});

/**
 * What only that client hears, so without a sequence number: memories that came within its radius or are no longer, the
 * nearest first; `total` counts them all. After a reconnect, it says its position again and hears all of them.
 */
export interface Neighbourhood {
  type: 'memory.entered' | 'memory.left';
  memory_ids: string[];
  total: number;
}

/**
 * A message as `POST /message` takes it, said over the socket. The client names it, so that it can say it again when no
 * answer came: that changes nothing.
 */
export const SpokenMessage = NewMessage.extend({
  type: z.literal('message'),
  message_id: NewMessage.shape.message_id.unwrap(),
});
export type SpokenMessage = z.infer<typeof SpokenMessage>;

/** What a message has that says nothing but a text. */
const PLAIN_FIELDS = new Set(['type', 'message_id', 'content']);

/**
 * What `SpokenMessage` makes of a message that says nothing but a text, as nearly all do, in a fraction of the time: a person's
 * messages share a thread with those of hundreds. Null: the schema says what it is.
 *
 * @param said an object with `type` message
 */
export function plainMessage(said: object): SpokenMessage | null {
  for (const field in said) if (!PLAIN_FIELDS.has(field)) return null;
  const { message_id, content } = said as Record<string, unknown>;
  if (!PLAIN.isMessageId(message_id) || !PLAIN.isContent(content)) return null;
  return { type: 'message', message_id, content, ...PLAIN.defaults };
}

/**
 * The answer to a message, once it is stored; only who said it hears it, and hears no event of it. `duplicate`: it was there
 * already. Messages that come faster than they are worked on share a task, up to 256.
 */
export interface Acknowledgement extends Pick<Accepted, 'status' | 'task_id'> {
  type: 'ack';
  /** the client's own */
  message_id: string;
  /** ours */
  id: string;
  duplicate: boolean;
  /** number of the event `message.accepted` that other sockets hear; null for a duplicate: they heard it long ago */
  sequence: number | null;
}

/** The answer to what was not understood, or may not be done. */
export interface SocketError {
  type: 'error';
  code: ErrorCode;
  detail: string;
  /** of the message that was refused */
  message_id?: string;
  retry_after_seconds?: number;
  errors?: { pointer: string; detail: string }[];
}

/** The first thing a socket hears. `resync`: events were missed for good, so read anew. */
export interface Hello {
  type: 'hello';
  sequence: number;
  resync: boolean;
}
