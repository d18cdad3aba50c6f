import type { NewMessage } from '../messages/contract.ts';

/**
 * Who is who, one rule for every format, on which profile code relies:
 * - role `user`: the remembered person, and nobody else;
 * - role `assistant`: anyone they talk with, human or AI;
 * - role `system`: instructions to an AI.
 * `speaker` says who it was, where the export names people. Exports that name people but no roles need
 * `ImportOptions.self`; without it their messages are `undecided` and must not be stored.
 */

/** A message read from an export. It satisfies the `NewMessage` schema and has a `message_id`. */
export interface ImportedMessage {
  message: NewMessage;
  /** where it stood: `line 12` (1-based) or `item 3` (0-based) */
  at: string;
  /** the role could not be told, because `ImportOptions.self` is missing */
  undecided?: true;
}

/** A part of the file that could not be read. Reading goes on after it, unless `fatal`. */
export interface ImportFault {
  at: string;
  reason: string;
  fatal: boolean;
}

/** A part that is no message of a person, such as "Ana joined": left out on purpose. */
export interface ImportSkip {
  at: string;
  reason: string;
}

/** Something the person should know before the messages are stored. */
export interface ImportNote {
  text: string;
  /** a guess that decides what is stored: better asked about */
  guess: boolean;
}

export type ImportItem =
  | { kind: 'message'; value: ImportedMessage }
  | { kind: 'fault'; value: ImportFault }
  | { kind: 'skipped'; value: ImportSkip }
  | { kind: 'note'; value: ImportNote };

/** Order of day, month and year in numeric dates. */
export type DateOrder = 'dmy' | 'mdy' | 'ymd';

export interface ImportOptions {
  /** name of the person whose memory this is, as the export spells it */
  self?: string;
  /** IANA zone of local times without an offset, e.g. `UTC` */
  timeZone: string;
  /** conversation of messages whose export names none; each format has its default */
  conversation?: string;
  /** path of the file; WhatsApp exports name the conversation in it only */
  fileName?: string;
  /** overrides what the file itself suggests */
  dateOrder?: DateOrder;
}

/** One export format. Importers stream: memory does not grow with the file. */
export interface Importer {
  readonly format: string;
  /** true if the first bytes look like this format */
  detect(head: string, fileName: string): boolean;
  read(chunks: AsyncIterable<Uint8Array>, options: ImportOptions): AsyncGenerator<ImportItem>;
}

export const fault = (at: string, reason: string, fatal = false): ImportItem => ({
  kind: 'fault',
  value: { at, reason, fatal },
});

export const skipped = (at: string, reason: string): ImportItem => ({ kind: 'skipped', value: { at, reason } });
