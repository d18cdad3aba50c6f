import type { Owner } from '../../auth/contract.ts';
import { archiveKey } from '../../auth/service-secret.ts';
import type { ArchivePage } from '../../http/person-port.ts';
import { AppError } from '../../shared/errors.ts';
import { ArchiveEnd, type ArchiveHead, ArchiveSeal, ArchiveHead as Head, type ImportReport } from './contract.ts';

const encoder = new TextEncoder();
/** Of one page, in UTF-16 units: many times what an export writes. */
const MOST_TEXT = 32_000_000;

/**
 * An archive: lines of JSON in pages. After each page stands its seal, an HMAC over archive, page and lines with a key of
 * the tenant: an import thus trusts each page as soon as it is read, so neither side ever holds more than one.
 *
 * @param page a page after a cursor, null: the first
 */
export async function* archiveOf(
  owner: Owner,
  secret: string,
  head: ArchiveHead,
  page: (cursor: string | null) => Promise<ArchivePage>,
): AsyncGenerator<Uint8Array> {
  const key = await archiveKey(secret, owner.tenantId);
  let [messages, records] = [0, 0];
  let cursor: string | null = null;
  for (let number = 0; ; number++) {
    const found = await page(cursor);
    messages += found.messages;
    records += found.records;
    const lines = number === 0 ? [JSON.stringify(head), ...found.lines] : found.lines;
    if (found.next === null) lines.push(JSON.stringify({ type: 'end', messages, records }));
    const mac = await macOf(key, head.archive_id, number, lines);
    yield encoder.encode(`${[...lines, JSON.stringify({ type: 'seal', page: number, mac })].join('\n')}\n`);
    if (found.next === null) return;
    cursor = found.next;
  }
}

async function macOf(key: CryptoKey, archiveId: string, page: number, lines: readonly string[]): Promise<string> {
  const text = encoder.encode(`${archiveId}\n${page}\n${lines.join('\n')}`);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, text));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const bad = (detail: string) =>
  new AppError('invalid_input', detail, { faults: [{ in: 'body', pointer: '', detail }] });

/**
 * Reads an archive page by page, each checked before it is taken in. What was taken of an archive that turns out to be
 * cut short stays: taking it again does no harm.
 *
 * @throws AppError `invalid_input` if it is none of ours, was changed, or ends early
 */
export async function readArchive(
  bytes: AsyncIterable<Uint8Array>,
  tenantId: string,
  secret: string,
  take: (lines: unknown[]) => Promise<{ newMessages: number }>,
): Promise<ImportReport> {
  const key = await archiveKey(secret, tenantId);
  let archiveId: string | null = null;
  let newMessages = 0;
  let page = 0;
  let lines: string[] = [];
  for await (const line of linesOf(textOf(bytes))) {
    const seal = line.startsWith('{"type":"seal"') ? ArchiveSeal.safeParse(parsed(line)) : null;
    if (!seal) {
      lines.push(line);
      continue;
    }
    archiveId ??= headOf(lines[0]).archive_id;
    const isWhole =
      seal.success && seal.data.page === page && sameText(seal.data.mac, await macOf(key, archiveId, page, lines));
    if (!isWhole) throw bad(`Page ${page} is not as it was exported.`);
    const content = lines.map(parsed);
    newMessages += (await take(content)).newMessages;
    const end = ArchiveEnd.safeParse(content.at(-1));
    if (end.success) return { messages: end.data.messages, new_messages: newMessages, records: end.data.records };
    lines = [];
    page++;
  }
  throw bad(page === 0 && lines.length === 0 ? 'The archive is empty.' : 'The archive ends early.');
}

function headOf(line: string | undefined): ArchiveHead {
  const head = Head.safeParse(line === undefined ? null : parsed(line));
  if (!head.success) throw bad('This is no archive of ours.');
  return head.data;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw bad('A line is not JSON.');
  }
}

/** In a time that tells nothing of where they differ. */
function sameText(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let i = 0; i < other.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}

/** @throws AppError where it is no UTF-8, as what was packed */
async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  const decoded = (part?: Uint8Array) => {
    try {
      return part ? decoder.decode(part, { stream: true }) : decoder.decode();
    } catch {
      throw bad('The archive is not UTF-8.');
    }
  };
  for await (const part of bytes) yield decoded(part);
  yield decoded();
}

/** @throws AppError where a page grows beyond what can be held */
async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  let held = 0;
  for await (const part of text) {
    held += part.length;
    const lines = (rest + part).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith('{"type":"seal"')) held = rest.length;
      if (line !== '') yield line;
    }
    if (held > MOST_TEXT) throw new AppError('too_large', 'A page of the archive is too large.');
  }
  if (rest !== '') yield rest;
}
