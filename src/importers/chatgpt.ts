import { JSONParser } from '@streamparser/json';
import { branchesOf, Conversation, type GptMessage, reasonToSkip, textOf } from './chatgpt-conversation.ts';
import { complete, reasonOf } from './complete.ts';
import { fault, type Importer, type ImportItem, type ImportOptions, skipped } from './importer.ts';
import { MessageKeys } from './message-key.ts';

/** Bytes given to the parser at once: what it finds in them is held until it was read. */
const PIECE = 64 * 1024;

/**
 * `conversations.json` of a ChatGPT data export: one conversation in memory at a time. Read is what ChatGPT shows, the
 * current branch; answers that were generated again and prompts that were edited are counted as skipped. Tools, their
 * calls, hidden thoughts, images and files are skipped as well. A message without a time takes that of the message
 * before it, else the conversation's. Its id is ChatGPT's.
 */
export const chatgpt: Importer = {
  format: 'chatgpt',
  detect: (head, fileName) => {
    if (!/^\ufeff?\s*\[/.test(head)) return false;
    return (
      head.includes('"mapping"') || (/conversations[^/\\]*\.json$/.test(fileName) && !head.includes('"chat_messages"'))
    );
  },
  read,
};

interface Entry {
  index: number;
  value: unknown;
}

async function* read(chunks: AsyncIterable<Uint8Array>, options: ImportOptions): AsyncGenerator<ImportItem> {
  const keys = new MessageKeys('chatgpt');
  const parser = new EntryParser();
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += PIECE) {
      const problem = parser.write(chunk.subarray(start, start + PIECE));
      for (const entry of parser.take()) yield* conversation(entry, keys, options);
      if (problem !== undefined) {
        yield problem;
        return;
      }
    }
  }
  const problem = parser.end();
  if (problem !== undefined) yield problem;
}

/** Cuts a JSON array into its entries. */
class EntryParser {
  private readonly parser = new JSONParser({ paths: ['$.*'], keepStack: false, stringBufferSize: PIECE });
  private entries: Entry[] = [];
  private offset = 0;
  private begun = false;

  constructor() {
    this.parser.onValue = ({ value, key }) => {
      this.entries.push({ index: Number(key), value });
    };
  }

  take(): Entry[] {
    const entries = this.entries;
    this.entries = [];
    return entries;
  }

  write(bytes: Uint8Array): ImportItem | undefined {
    const problem = this.begun ? undefined : this.checkStart(bytes);
    if (problem !== undefined) return problem;
    try {
      this.parser.write(bytes);
      this.offset += bytes.length;
      return undefined;
    } catch (error) {
      const { offset, reason } = explain(error);
      return fault(`byte ${offset ?? this.offset}`, `${reason}; nothing after it was read`, true);
    }
  }

  end(): ImportItem | undefined {
    if (!this.begun) return fault('byte 0', 'the file is empty', true);
    if (this.parser.isEnded) return undefined;
    return fault(`byte ${this.offset}`, 'the file ends in the middle of a conversation: it is cut off', true);
  }

  private checkStart(bytes: Uint8Array): ImportItem | undefined {
    const text = new TextDecoder().decode(bytes).trimStart();
    if (text === '') return undefined;
    this.begun = true;
    return text.startsWith('[')
      ? undefined
      : fault('byte 0', 'a ChatGPT export is a JSON array and begins with "["', true);
  }
}

/** The parser says where it stopped only in its message: "Unexpected "x" at chunk position "2" (absolute position "70") in state …". */
function explain(error: unknown): { offset: string | undefined; reason: string } {
  const text = error instanceof Error ? error.message : '';
  const offset = /absolute position "(\d+)"/.exec(text)?.[1];
  return { offset, reason: offset === undefined ? 'not valid JSON or not UTF-8' : 'not valid JSON' };
}

function* conversation(entry: Entry, keys: MessageKeys, options: ImportOptions): Generator<ImportItem> {
  const at = `item ${entry.index}`;
  const parsed = Conversation.safeParse(entry.value);
  if (!parsed.success) {
    yield fault(at, `no ChatGPT conversation: ${reasonOf(parsed.error.issues.slice(0, 3))}`);
    return;
  }
  const { current, others } = branchesOf(parsed.data);
  const id = parsed.data.conversation_id ?? parsed.data.id ?? options.conversation ?? 'chatgpt';
  let time = parsed.data.create_time ?? undefined;
  for (const message of current) {
    const where = `${at}, message ${message.id}`;
    time = message.create_time ?? time;
    const reason = reasonToSkip(message);
    if (reason !== undefined) yield skipped(where, reason);
    else yield* complete({ at: where, conversation: id, ...draftOf(message, time, options) }, keys);
  }
  for (const message of others) yield skipped(`${at}, message ${message.id}`, 'another branch of the conversation');
}

function draftOf(message: GptMessage, seconds: number | undefined, options: ImportOptions) {
  const role = message.author.role as 'user' | 'assistant' | 'system'; // reasonToSkip has refused all others
  return {
    role,
    content: textOf(message),
    id: message.id,
    speaker: role === 'user' ? options.self : role === 'assistant' ? 'ChatGPT' : undefined,
    timestamp: isoOf(seconds),
  };
}

/** @returns undefined for a time no date can hold; the service then takes the time of the import */
function isoOf(seconds: number | undefined): string | undefined {
  const date = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
