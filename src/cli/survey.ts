import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Importer, ImportFault, ImportNote, ImportOptions } from '../importers/importer.ts';
import type { Role } from '../messages/contract.ts';

const SHOWN_FAULTS = 10;

/** Counts all faults and keeps the first few. */
export class FaultLog {
  total = 0;
  readonly first: { at: string; reason: string }[] = [];

  add(fault: { at: string; reason: string }): void {
    this.total++;
    if (this.first.length < SHOWN_FAULTS) this.first.push({ at: fault.at, reason: fault.reason });
  }
}

/** What a file holds, learned by reading it once without sending anything. */
export interface Survey {
  /** of the file's bytes, hex */
  sha256: string;
  messages: number;
  /** messages whose role is unknown without `self` */
  undecided: number;
  byRole: Record<Role, number>;
  speakers: Map<string, number>;
  conversations: Set<string>;
  /** ISO 8601 UTC, which sort as text */
  first: string | undefined;
  last: string | undefined;
  skipped: Map<string, number>;
  faults: FaultLog;
  /** what ended the reading before the end of the file */
  fatal: ImportFault | undefined;
  notes: ImportNote[];
}

/** Reads the whole file. `onBytes` hears how many bytes have passed. */
export async function surveyFile(
  file: string,
  importer: Importer,
  options: ImportOptions,
  onBytes: (bytes: number) => void,
): Promise<Survey> {
  const survey = empty();
  const hash = createHash('sha256');
  const source = createReadStream(file, { highWaterMark: 256 * 1024 });
  const chunks = hashed(source, hash, onBytes);
  for await (const item of importer.read(chunks, options)) {
    if (item.kind === 'note') survey.notes.push(item.value);
    else if (item.kind === 'skipped') increment(survey.skipped, item.value.reason);
    else if (item.kind === 'message') countMessage(survey, item.value.message, item.value.undecided === true);
    else {
      survey.faults.add(item.value);
      if (item.value.fatal) survey.fatal = item.value;
    }
  }
  // an importer that stops at a fatal fault closes the stream: the rest still makes the file what it is
  if (survey.fatal) for await (const chunk of createReadStream(file, { start: source.bytesRead })) hash.update(chunk);
  survey.sha256 = hash.digest('hex');
  return survey;
}

async function* hashed(
  source: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    bytes += chunk.length;
    onBytes(bytes);
    yield chunk;
  }
}

function empty(): Survey {
  return {
    sha256: '',
    messages: 0,
    undecided: 0,
    byRole: { user: 0, assistant: 0, system: 0 },
    speakers: new Map(),
    conversations: new Set(),
    first: undefined,
    last: undefined,
    skipped: new Map(),
    faults: new FaultLog(),
    fatal: undefined,
    notes: [],
  };
}

function countMessage(
  survey: Survey,
  message: { role: Role; speaker?: string | undefined; conversation_id: string; timestamp?: string | undefined },
  undecided: boolean,
): void {
  survey.messages++;
  survey.byRole[message.role]++;
  if (undecided) survey.undecided++;
  if (message.speaker !== undefined) increment(survey.speakers, message.speaker);
  survey.conversations.add(message.conversation_id);
  const { timestamp } = message;
  if (timestamp === undefined) return;
  if (survey.first === undefined || timestamp < survey.first) survey.first = timestamp;
  if (survey.last === undefined || timestamp > survey.last) survey.last = timestamp;
}

const increment = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
