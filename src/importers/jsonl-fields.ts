import { z } from 'zod';
import type { Role } from '../messages/contract.ts';

/** Names under which other tools write a field of `NewMessage`; the first one that is there counts. */
const ALIASES = {
  content: ['content', 'text', 'message', 'body'],
  role: ['role'],
  speaker: ['speaker', 'author', 'name', 'sender', 'from'],
  conversation_id: ['conversation_id', 'session_id', 'thread_id', 'chat_id', 'conversation'],
  timestamp: ['timestamp', 'created_at', 'date', 'time', 'datetime', 'ts'],
  message_id: ['message_id', 'id', 'uuid'],
  keystrokes: ['keystrokes'],
  metadata: ['metadata'],
} as const;
export type Field = keyof typeof ALIASES;

const FIELD_OF = new Map(
  (Object.entries(ALIASES) as [Field, readonly string[]][]).flatMap(([field, names]) =>
    names.map((name, rank) => [name, { field, rank }] as const),
  ),
);

export interface Fields {
  values: Partial<Record<Field, unknown>>;
  /** keys that say nothing to us */
  unread: string[];
}

/** Sorts the keys of a line into fields. A value of null counts as absent. */
export function fieldsOf(line: Record<string, unknown>): Fields {
  const fields: Fields = { values: {}, unread: [] };
  const ranks: Partial<Record<Field, number>> = {};
  for (const [key, value] of Object.entries(line)) {
    const known = FIELD_OF.get(key);
    if (known === undefined) fields.unread.push(key);
    if (known === undefined || value === null) continue;
    if (known.rank >= (ranks[known.field] ?? Number.POSITIVE_INFINITY)) continue;
    ranks[known.field] = known.rank;
    fields.values[known.field] = value;
  }
  return fields;
}

const ROLES: Record<string, Role | 'skip'> = {
  user: 'user',
  human: 'user',
  me: 'user',
  self: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  bot: 'assistant',
  model: 'assistant',
  system: 'system',
  developer: 'system',
  tool: 'skip',
  function: 'skip',
};

/** @returns `skip` for what tools wrote, `unknown` for a word that is no role */
export function roleNamed(value: unknown): Role | 'skip' | 'unknown' {
  return (typeof value === 'string' && ROLES[value.toLowerCase()]) || 'unknown';
}

const TextPart = z.object({ type: z.enum(['text', 'input_text', 'output_text']).optional(), text: z.string() });

/** A string, or the parts in which AI interfaces write it; undefined if it is neither. */
export function textContent(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const texts = value.map((part) => (typeof part === 'string' ? part : TextPart.safeParse(part).data?.text));
  return texts.filter((text) => text !== undefined).join('\n');
}

/** A time as written: an instant, or a wall-clock time that needs a zone; both epoch ms. */
export type WrittenTime = { kind: 'instant' | 'local'; ms: number };

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)? ?(Z|z|UTC|[+-]\d{2}:?\d{2})?$/;
/** A number above this counts milliseconds: as seconds it would lie after the year 5000. */
const SECONDS_LIMIT = 1e11;

/** ISO 8601 dates and times, with or without an offset, and epoch seconds or milliseconds; undefined for anything else. */
export function timeOf(value: unknown): WrittenTime | undefined {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{9,13}(\.\d+)?$/.test(value))) {
    const number = Number(value);
    return { kind: 'instant', ms: Math.round(Math.abs(number) >= SECONDS_LIMIT ? number : number * 1000) };
  }
  const match = typeof value === 'string' ? DATE_TIME.exec(value.trim()) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const ms = Date.parse(iso);
  // Date.parse takes 31 February for 3 March
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== iso) return undefined;
  return offset === undefined ? { kind: 'local', ms } : { kind: 'instant', ms: ms - offsetMs(offset) };
}

function offsetMs(offset: string): number {
  if (/^[zu]/i.test(offset)) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}
