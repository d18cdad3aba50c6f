import { z } from 'zod';
import { NewMessage } from '../messages/contract.ts';
import { complete, type Draft, reasonOf } from './complete.ts';
import { fault, type Importer, type ImportItem, type ImportOptions, skipped } from './importer.ts';
import { fieldsOf, roleNamed, textContent, timeOf } from './jsonl-fields.ts';
import { type Line, lines } from './lines.ts';
import { LocalTime } from './local-time.ts';
import { MessageKeys } from './message-key.ts';
import { roleOf } from './names.ts';

const MAX_NAMED_KEYS = 20;

/**
 * JSON lines: one `NewMessage` a line, or what other tools write in its place (`text` for `content`, `author` for
 * `speaker`, `created_at` for `timestamp`, `id` for `message_id`, `human` for `user`, … see `jsonl-fields.ts`). A line
 * with a speaker and no role needs `self`; a line with neither was said by the person. A line that cannot be read is a
 * fault, and reading goes on. A numeric id counts within its conversation, since tables number from 1.
 */
export const jsonl: Importer = {
  format: 'jsonl',
  detect: (head, fileName) => /\.(jsonl|ndjson)$/i.test(fileName) || /^\ufeff?\s*\{/.test(head),
  read,
};

async function* read(chunks: AsyncIterable<Uint8Array>, options: ImportOptions): AsyncGenerator<ImportItem> {
  const reader = new JsonLines(options);
  for await (const line of lines(chunks)) yield* reader.take(line);
  const unread = reader.unreadKeys();
  if (unread.length > 0)
    yield { kind: 'note', value: { text: `Fields that are not kept: ${unread.join(', ')}.`, guess: false } };
}

class JsonLines {
  private readonly options: ImportOptions;
  private readonly keys = new MessageKeys('jsonl');
  private readonly clock: LocalTime;
  private readonly unread = new Set<string>();

  constructor(options: ImportOptions) {
    this.options = options;
    this.clock = new LocalTime(options.timeZone);
  }

  unreadKeys(): string[] {
    return [...this.unread];
  }

  *take(line: Line): Generator<ImportItem> {
    const at = `line ${line.number}`;
    if (line.broken === undefined && line.text.trim() === '') return;
    const parsed = line.broken === undefined ? parse(line.text) : undefined;
    if (parsed === undefined) {
      yield fault(at, line.broken ? `the line is ${line.broken}` : 'not a JSON object');
      return;
    }
    const result = this.draftOf(parsed, at);
    if ('kind' in result) yield result;
    else yield* complete(result, this.keys);
  }

  private draftOf(parsed: Record<string, unknown>, at: string): Draft | ImportItem {
    const { values, unread } = fieldsOf(parsed);
    for (const key of unread) if (this.unread.size < MAX_NAMED_KEYS) this.unread.add(key.slice(0, 40));
    const role = values.role === undefined ? undefined : roleNamed(values.role);
    if (role === 'skip') return skipped(at, 'written by a tool');
    if (role === 'unknown') return fault(at, 'role: must be user, assistant or system');
    const content = textContent(values.content);
    if (content === undefined) return fault(at, 'content: must be text (or text, message, body)');
    if (content === '') return skipped(at, 'an empty message');
    const rest = Rest.safeParse(values);
    if (!rest.success) return fault(at, reasonOf(rest.error.issues));
    const time = values.timestamp === undefined ? undefined : timeOf(values.timestamp);
    if (values.timestamp !== undefined && time === undefined)
      return fault(at, 'timestamp: no date and time that is known');
    const { speaker, conversation_id, message_id, keystrokes, metadata } = rest.data;
    const conversation =
      conversation_id === undefined ? (this.options.conversation ?? 'default') : String(conversation_id);
    return {
      at,
      content,
      conversation,
      speaker,
      ...(role === undefined ? this.roleOf(speaker) : { role }),
      ...(time === undefined ? {} : this.timesOf(time.kind === 'local', time.ms)),
      id: typeof message_id === 'number' ? `${conversation}/${message_id}` : message_id,
      keystrokes,
      metadata,
    };
  }

  private roleOf(speaker: string | undefined): Pick<Draft, 'role' | 'undecided'> {
    return speaker === undefined ? { role: 'user' } : roleOf(speaker, this.options.self);
  }

  private timesOf(isLocal: boolean, ms: number): Pick<Draft, 'timestamp' | 'writtenTime'> {
    const instant = isLocal ? this.clock.instantOf(ms) : ms;
    return { timestamp: isoOf(instant), writtenTime: isoOf(ms) };
  }
}

const idOrNumber = <T extends z.ZodType>(text: T) => z.union([text, z.number()]).optional();
const { speaker, message_id, keystrokes, metadata } = NewMessage.shape;
const Rest = z.object({
  speaker,
  keystrokes,
  metadata,
  message_id: idOrNumber(message_id.unwrap()),
  conversation_id: idOrNumber(z.string().min(1)),
});

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Out of what dates can hold, an impossible year is given: the schema refuses it with its own reason. */
const isoOf = (ms: number) => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : '9999-12-31T00:00:00.000Z');
