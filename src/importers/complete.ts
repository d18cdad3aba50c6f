import { LIMITS, NewMessage, type Role } from '../messages/contract.ts';
import { fault, type ImportItem } from './importer.ts';
import { digest, type MessageKeys } from './message-key.ts';

/** A message as a format gives it: it may lack an id, be longer than the service takes, hold what UTF-8 cannot. */
export interface Draft {
  at: string;
  role: Role;
  content: string;
  conversation: string;
  speaker?: string | undefined;
  /** RFC 3339 with offset */
  timestamp?: string | undefined;
  /** the time as the export writes it, for the message's key; default: `timestamp` */
  writtenTime?: string | undefined;
  id?: string | undefined;
  metadata?: NewMessage['metadata'];
  keystrokes?: NewMessage['keystrokes'];
  undecided?: boolean;
}

const encoder = new TextEncoder();
const MAX_ID = 256;
const MAX_CONVERSATION = 128;

/**
 * Turns a draft into messages that the service accepts. Content above the limit becomes several messages of the same
 * moment, with `#1/3` behind the id and `metadata.part` `1/3`: their contents, joined, are the original. NUL and lone
 * surrogates, which no database keeps, become U+FFFD. What still breaks the schema is a fault.
 */
export function* complete(draft: Draft, keys: MessageKeys): Generator<ImportItem> {
  const content = storable(draft.content);
  const conversation = fittingConversation(storable(draft.conversation));
  const time = draft.writtenTime ?? draft.timestamp;
  const id = draft.id ?? keys.next({ conversation, time, speaker: draft.speaker, content, position: draft.at });
  const parts = split(content, LIMITS.messageBytes);
  for (const [index, text] of parts.entries()) {
    const part = parts.length > 1 ? `${index + 1}/${parts.length}` : undefined;
    const checked = NewMessage.safeParse({
      content: text,
      role: draft.role,
      conversation_id: conversation,
      message_id: part === undefined ? fittingId(id, '') : fittingId(id, `#${part}`),
      ...(draft.speaker === undefined ? {} : { speaker: storable(draft.speaker) }),
      ...(draft.timestamp === undefined ? {} : { timestamp: draft.timestamp }),
      ...(draft.keystrokes === undefined || index > 0 ? {} : { keystrokes: draft.keystrokes }),
      ...metadataOf(draft.metadata, part),
    });
    if (!checked.success) {
      yield fault(draft.at, reasonOf(checked.error.issues));
      return;
    }
    const value = { message: checked.data, at: draft.at };
    yield { kind: 'message', value: draft.undecided ? { ...value, undecided: true } : value };
  }
}

/** One line from the issues of a schema: which field, and what is wrong with it. Never the value. */
export function reasonOf(issues: { path: PropertyKey[]; message: string }[]): string {
  return issues
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
    .join('; ');
}

const storable = (text: string) => text.toWellFormed().replaceAll('\u0000', '\ufffd');

/** Adds the part number unless the metadata is then too big: the id carries it as well. */
function metadataOf(metadata: NewMessage['metadata'], part: string | undefined): { metadata?: NewMessage['metadata'] } {
  if (part === undefined) return metadata === undefined ? {} : { metadata };
  const extended = { ...metadata, part };
  return { metadata: encoder.encode(JSON.stringify(extended)).length <= LIMITS.metadataBytes ? extended : metadata };
}

const fittingId = (id: string, suffix: string): string =>
  id.length + suffix.length <= MAX_ID ? id + suffix : digest([id]) + suffix;

const fittingConversation = (name: string): string =>
  name.length <= MAX_CONVERSATION ? name : `${name.slice(0, 100).toWellFormed()}-${digest([name])}`;

/** Cuts text into pieces of at most `maxBytes` of UTF-8 that join to the same text: after a line, else a space, else a character. */
export function split(text: string, maxBytes: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > maxBytes || encoder.encode(rest).length > maxBytes) {
    const fits = fittingLength(rest, maxBytes);
    const border = Math.max(rest.lastIndexOf('\n', fits - 1), rest.lastIndexOf(' ', fits - 1)) + 1;
    // a border in the first half would make needlessly many pieces
    const end = border > fits / 2 ? border : fits;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  pieces.push(rest);
  return pieces;
}

/** UTF-16 units of the longest start of well-formed `text` that fits; never half a character. */
function fittingLength(text: string, maxBytes: number): number {
  // encodeInto stops before a character that does not fit, and says how many units it has read
  return encoder.encodeInto(text.slice(0, maxBytes), new Uint8Array(maxBytes)).read;
}
