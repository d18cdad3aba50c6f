import { basename, dirname } from 'node:path';
import { complete } from './complete.ts';
import { type DateOrder, fault, type Importer, type ImportItem, type ImportOptions, skipped } from './importer.ts';
import { type Line, lines } from './lines.ts';
import { LocalTime } from './local-time.ts';
import { MessageKeys } from './message-key.ts';
import { plainName, roleOf } from './names.ts';
import { type Profile, profileOf, wallTime } from './whatsapp-dates.ts';
import { type Header, headerOf } from './whatsapp-header.ts';

/** Characters read before the shape and the date order are decided. */
const LOOK_AHEAD = 4 * 1024 * 1024;
/** A message is at most 65,536 characters in WhatsApp; a longer one means that the file is something else. */
const MAX_MESSAGE = 1024 * 1024;
const MAX_NAME = 128;
const DETECT_LINES = 50;

/**
 * WhatsApp text exports ("Export chat"), of Android and iOS, in the phone's language. Names without roles: needs `self`.
 * A line without date and time continues the message above; a line without "name: " is a system line and skipped.
 * Placeholders ("<Media omitted>") are kept as said, with `metadata.placeholder`.
 */
export const whatsapp: Importer = {
  format: 'whatsapp',
  detect: (head) => head.split('\n', DETECT_LINES).some((line) => headerOf(line) !== undefined),
  read,
};

async function* read(chunks: AsyncIterable<Uint8Array>, options: ImportOptions): AsyncGenerator<ImportItem> {
  const source = lines(chunks);
  const head: Line[] = [];
  for (let size = 0; size < LOOK_AHEAD; ) {
    const next = await source.next();
    if (next.done) break;
    head.push(next.value);
    size += next.value.text.length + 1;
  }
  const halfIsName = namesSomeone(headersOf(head, false));
  const headers = headersOf(head, halfIsName);
  const profile = profileOf(headers, options.dateOrder);
  if (profile === undefined) {
    yield fault('line 1', 'no line begins with a date and a time as WhatsApp writes them', true);
    return;
  }
  if (profile.guessed) yield { kind: 'note', value: { text: guess(profile.order), guess: true } };
  const chat = new Chat({ ...profile, halfIsName }, options, chatName(headers));
  for (const line of head) {
    yield* chat.take(line);
    if (chat.stopped) return;
  }
  for await (const line of source) {
    yield* chat.take(line);
    if (chat.stopped) return;
  }
  yield* chat.flush();
}

const headersOf = (head: Line[], halfIsName: boolean) =>
  head.map((line) => headerOf(line.text, halfIsName)).filter((header) => header !== undefined);

/** Whether the "Am" of `7:10:00 Am: hello` is a person: where it is half of the day, most lines name someone behind it. */
function namesSomeone(headers: Header[]): boolean {
  const doubtful = headers.filter((header) => header.half !== undefined);
  const nameless = doubtful.filter((header) => speakerAndText(header.rest)[0] === undefined);
  return nameless.length * 2 > doubtful.length || doubtful.some((header) => header.half === 'impossible');
}

const guess = (order: DateOrder) =>
  `The file does not tell day from month for sure. They are read as ${order === 'mdy' ? 'month/day' : 'day/month'}; ` +
  `if that is wrong, give the date order ${order === 'mdy' ? 'dmy' : 'mdy'}.`;

interface Pending {
  header: Header;
  line: number;
  speaker: string | undefined;
  text: string[];
  size: number;
  broken: boolean;
}

/** Groups lines into messages. */
class Chat {
  stopped = false;
  private readonly profile: Profile & { halfIsName: boolean };
  private readonly options: ImportOptions;
  private readonly chatName: string | undefined;
  private readonly conversation: string;
  private readonly keys = new MessageKeys('whatsapp');
  private readonly clock: LocalTime;
  private pending: Pending | undefined;
  private strayReported = false;

  constructor(profile: Profile & { halfIsName: boolean }, options: ImportOptions, chatName: string | undefined) {
    this.profile = profile;
    this.options = options;
    this.chatName = chatName;
    this.conversation = options.conversation ?? conversationOf(options.fileName);
    this.clock = new LocalTime(options.timeZone);
  }

  *take(line: Line): Generator<ImportItem> {
    if (line.broken === 'too long' || line.text.includes('\u0000')) {
      yield* this.stop(
        line,
        line.broken ? `the line is ${line.broken} for a chat export` : 'the line holds binary data',
      );
      return;
    }
    const header = headerOf(line.text, this.profile.halfIsName);
    if (header === undefined || header.shape !== this.profile.shape) {
      yield* this.continue(line);
      return;
    }
    yield* this.flush();
    const [speaker, text] = speakerAndText(header.rest);
    this.pending = { header, line: line.number, speaker, text: [text], size: text.length, broken: false };
    if (line.broken) yield* this.spoil(line);
  }

  /** The message collected so far, if any. */
  *flush(): Generator<ImportItem> {
    const pending = this.pending;
    this.pending = undefined;
    if (pending === undefined || pending.broken) return;
    const at = `line ${pending.line}`;
    const wall = wallTime(pending.header, this.profile.order);
    if (wall === undefined) {
      yield fault(at, `the date does not exist when read as ${this.profile.order}, like the rest of the file`);
      return;
    }
    const marked = /^\u200e/.test(pending.text[0]!);
    const content = pending.text
      .join('\n')
      .replace(/^\u200e+/, '')
      .replace(/\n+$/, '');
    const reason = this.reasonToSkip(pending.speaker, content, marked);
    if (reason !== undefined || pending.speaker === undefined) {
      yield skipped(at, reason ?? 'a system line');
      return;
    }
    const placeholder = marked || /^<[^<>\n]+>$/.test(content);
    const draft = {
      at,
      content,
      conversation: this.conversation,
      speaker: pending.speaker,
      ...roleOf(pending.speaker, this.options.self),
      timestamp: new Date(this.clock.instantOf(wall)).toISOString(),
      writtenTime: new Date(wall).toISOString(),
      ...(placeholder ? { metadata: { placeholder: true } } : {}),
    };
    yield* complete(draft, this.keys);
  }

  private reasonToSkip(speaker: string | undefined, content: string, marked: boolean): string | undefined {
    if (speaker === undefined) return 'a system line';
    // iOS writes what happened in a group as if the group had said it
    if (marked && (speaker === this.chatName || ENCRYPTION_NOTICE.test(content))) return 'a system line';
    return content.replace(/[\s\u200e\u200f]/g, '') === '' ? 'an empty message' : undefined;
  }

  private *continue(line: Line): Generator<ImportItem> {
    const pending = this.pending;
    if (pending === undefined) {
      if (line.text.trim() !== '' && !this.strayReported)
        yield fault(`line ${line.number}`, 'text before the first message');
      this.strayReported = this.strayReported || line.text.trim() !== '';
      return;
    }
    if (line.broken) yield* this.spoil(line);
    pending.text.push(line.text);
    pending.size += line.text.length + 1;
    if (pending.size > MAX_MESSAGE) yield* this.stop(line, 'no message has begun for 1 MB');
  }

  /** A message that lost characters is left out whole, so that importing a repaired file adds it once. */
  private *spoil(line: Line): Generator<ImportItem> {
    if (this.pending !== undefined) this.pending.broken = true;
    yield fault(`line ${line.number}`, 'the line is not UTF-8; its message is left out');
  }

  /** The message above a line that cannot be of a chat is complete; nothing after it is trusted. */
  private *stop(line: Line, reason: string): Generator<ImportItem> {
    if (this.pending !== undefined && this.pending.size <= MAX_MESSAGE) yield* this.flush();
    yield fault(`line ${line.number}`, `${reason}; nothing after it was read`, true);
    this.stopped = true;
  }
}

const ENCRYPTION_NOTICE =
  /end-to-end|ende-zu-ende|bout en bout|extremo a extremo|ponta a ponta|eind-tot-eind|сквозным|uçtan uca|端到端|端對端|エンドツーエンド|종단/i;

/** Splits "Ana: text". Without a name it is a system line; so is a "name" with half a pair of quotes, as in `changed the subject to "Trip: Rome"`. */
function speakerAndText(rest: string): [string | undefined, string] {
  const colon = rest.indexOf(': ');
  const end = colon !== -1 ? colon : rest.endsWith(':') ? rest.length - 1 : -1;
  if (end === -1) return [undefined, rest];
  const name = plainName(rest.slice(0, end));
  const quotes = name.match(/["“”„«»]/g)?.length ?? 0;
  if (name === '' || name.length > MAX_NAME || quotes % 2 === 1) return [undefined, rest];
  return [name, rest.slice(end + 2)];
}

/** The name under which iOS files the events of a group: the first one, if all its lines are marked as written by WhatsApp. */
function chatName(headers: Header[]): string | undefined {
  const first = headers[0] === undefined ? undefined : speakerAndText(headers[0].rest)[0];
  if (first === undefined) return undefined;
  const texts = headers.map((header) => speakerAndText(header.rest)).filter(([name]) => name === first);
  return texts.every(([, text]) => text.startsWith('\u200e')) && texts.length < headers.length ? first : undefined;
}

/** The file's name says whose chat it is; iOS calls every file `_chat.txt`, in a folder that says it. */
function conversationOf(fileName: string | undefined): string {
  if (fileName === undefined) return 'whatsapp';
  const file = basename(fileName, '.txt');
  const name = file === '_chat' ? basename(dirname(fileName)) : file;
  // "(1)" is added by browsers when the same export is downloaded twice
  return `whatsapp:${name.replace(/ ?\(\d+\)$/, '')}`;
}
