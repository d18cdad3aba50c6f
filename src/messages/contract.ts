import { z } from '@hono/zod-openapi';
import { isReconstructed } from '../shared/reconstructed.ts';

/** Published limits (README, "Limits"). They are enforced here and nowhere else. */
export const LIMITS = {
  messageBytes: 32 * 1024,
  messagesPerRequest: 500,
  bodyBytes: 2 * 1024 * 1024,
  queryBytes: 1024,
  pageDefault: 20,
  pageMax: 100,
  metadataBytes: 4 * 1024,
  keystrokesPerMessage: 2_000,
} as const;

const encoder = new TextEncoder();
/** A JavaScript string may hold a lone surrogate; SQLite, Postgres and UTF-8 cannot. */
export const wellFormed = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000');
/** A UTF-16 unit is at most three bytes. */
const fits = (bytes: number) => (text: string) =>
  text.length * 3 <= bytes || (text.length <= bytes && encoder.encode(text).byteLength <= bytes);
const isContent = fits(LIMITS.messageBytes);
const MESSAGE_ID_UNITS = 256;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && wellFormed(value);

/** What the schemas below ask of a message that says nothing but a text, and what they give it. */
export const PLAIN = {
  isMessageId: (value: unknown): value is string => isText(value) && value.length <= MESSAGE_ID_UNITS,
  isContent: (value: unknown): value is string => isText(value) && isContent(value),
  defaults: { role: 'user', conversation_id: 'default' },
} as const;

/** Text that every store can hold, of 1 to `max` UTF-16 units. */
export const shortText = (max: number) =>
  z.string().min(1).max(max).refine(wellFormed, 'Must be valid Unicode without NUL.');

/** … of 1 to `bytes` of UTF-8. */
const textWithin = (bytes: number) =>
  z
    .string()
    .min(1)
    .refine(fits(bytes), `Must be at most ${bytes} bytes of UTF-8.`)
    .refine(wellFormed, 'Must be valid Unicode without NUL.');

export const UserId = shortText(128)
  .refine((id) => id.trim() === id, 'Must not begin or end with a space.')
  // whoever reads an address takes these out of its path, so that such a person could be written to, never read or erased
  .refine((id) => id !== '.' && id !== '..', 'Must not be "." or "..".')
  .openapi({ description: 'The person, as your application names them. Unique within your tenant.', example: 'ana' });

export const Role = z.enum(['user', 'assistant', 'system']);
export type Role = z.infer<typeof Role>;

/** What a message or a note says. */
export const Content = textWithin(LIMITS.messageBytes);
/** What is searched for. */
export const QueryText = textWithin(LIMITS.queryBytes);

/** RFC 3339 with an offset, between 1900 and 2100 */
export const Timestamp = z.iso
  .datetime({ offset: true, abort: true })
  .refine((t) => {
    const year = new Date(t).getUTCFullYear();
    return year >= 1900 && year < 2100;
  }, 'Must lie between 1900 and 2100.')
  .openapi({ description: 'When it was said (RFC 3339).', example: '2026-11-20T18:02:11Z' });

/** Typing rhythm: milliseconds between key presses and how often a correction key was used. Never which keys. */
export const Keystrokes = z
  .strictObject({
    intervals_ms: z.array(z.number().int().min(0).max(600_000)).max(LIMITS.keystrokesPerMessage),
    corrections: z.number().int().min(0).max(100_000).optional(),
  })
  .openapi('Keystrokes');
export type Keystrokes = z.infer<typeof Keystrokes>;

/** Postgres' jsonb takes neither an escaped NUL nor a lone surrogate; `JSON.stringify` writes both as \\uXXXX. */
const UNSTORABLE = /(?:^|[^\\])(?:\\\\)*\\u(?:0000|d[89a-f]..)/;

const Metadata = z
  .record(z.string().max(64), z.unknown())
  .refine(
    (value) => fits(LIMITS.metadataBytes)(JSON.stringify(value)),
    `Must be at most ${LIMITS.metadataBytes} bytes of JSON.`,
  )
  .refine((value) => !UNSTORABLE.test(JSON.stringify(value)), 'Must hold valid Unicode without NUL.');

const messageFields = {
  content: Content.openapi({ description: 'The text, kept verbatim.', example: 'I moved to Lisbon in May.' }),
  role: Role.default(PLAIN.defaults.role),
  speaker: shortText(128).optional().openapi({ description: 'Who said it, where a conversation has several people.' }),
  conversation_id: shortText(128)
    .refine((id) => !isReconstructed(id), 'Is a name that the service keeps for itself.')
    .default(PLAIN.defaults.conversation_id),
  timestamp: Timestamp.optional(),
  message_id: shortText(MESSAGE_ID_UNITS)
    .optional()
    .openapi({ description: 'Your own id of the message. Sending the same id again changes nothing.' }),
  keystrokes: Keystrokes.optional(),
  metadata: Metadata.optional(),
};

export const NewMessage = z.strictObject(messageFields).openapi('NewMessage');
export type NewMessage = z.infer<typeof NewMessage>;

export const MessageBody = z.strictObject({ user_id: UserId, ...messageFields }).openapi('MessageBody');

export const MessagesBody = z
  .strictObject({
    user_id: UserId,
    messages: z.array(NewMessage).min(1).max(LIMITS.messagesPerRequest),
  })
  .openapi('MessagesBody');

export const TaskState = z.enum(['pending', 'processing', 'completed', 'failed', 'cancelled']);
export type TaskState = z.infer<typeof TaskState>;

export const Task = z
  .object({
    task_id: z.string(),
    status: TaskState,
    /** messages the task was made for, and how many of them are ready */
    total: z.number().int(),
    done: z.number().int(),
    attempts: z.number().int(),
    error: z.string().nullable(),
    created_at: z.string(),
    started_at: z.string().nullable(),
    finished_at: z.string().nullable(),
    next_attempt_at: z.string().nullable(),
    result: z.string().nullable().openapi({ description: 'Where the result is read, once completed.' }),
  })
  .openapi('Task');
export type Task = z.infer<typeof Task>;

/** `accepted` counts new messages, `duplicates` those that were there already. Ids stand in the order sent. */
export const Accepted = z
  .object({
    status: z.enum(['processing', 'completed']),
    task_id: z.string(),
    eta_seconds: z.number(),
    status_endpoint: z.string(),
    accepted: z.number().int(),
    duplicates: z.number().int(),
    message_ids: z.array(z.string()),
    task: Task.optional().openapi({ description: 'With `?wait=true`: the finished task.' }),
  })
  .openapi('Accepted');
export type Accepted = z.infer<typeof Accepted>;

export const Message = z
  .object({
    id: z.string(),
    message_id: z.string().nullable(),
    conversation_id: z.string(),
    role: Role,
    speaker: z.string().nullable(),
    content: z.string(),
    timestamp: z.string(),
    accepted_at: z.string(),
    metadata: z.record(z.string(), z.unknown()).nullable(),
  })
  .openapi('Message');
export type Message = z.infer<typeof Message>;
