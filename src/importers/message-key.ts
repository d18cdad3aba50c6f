import { createHash } from 'node:crypto';

/** What tells one message of an export from another. */
export interface KeyParts {
  conversation: string;
  /** the time as the export writes it, before any time zone: a second import under another zone adds nothing */
  time: string | undefined;
  speaker: string | undefined;
  content: string;
  /** line or item; only used where there is no time */
  position: string;
}

const REMEMBERED = 65_536;

/**
 * Names messages whose export gives them no id: the same message gets the same id whenever the file, or a longer export
 * of the same chat, is read again. Two equal messages of one minute are told apart by their occurrence number; a message
 * without a time by its position. Occurrences are counted among the last 65,536 distinct messages: equal ones lie side
 * by side in a chat, and memory must not grow with the file.
 */
export class MessageKeys {
  private readonly format: string;
  private older = new Map<string, number>();
  private newer = new Map<string, number>();

  constructor(format: string) {
    this.format = format;
  }

  next(parts: KeyParts): string {
    const where = parts.time === undefined ? ['position', parts.position] : ['time', parts.time];
    const identity = digest([this.format, parts.conversation, ...where, parts.speaker ?? '', parts.content]);
    const occurrence = (this.newer.get(identity) ?? this.older.get(identity) ?? 0) + 1;
    this.newer.set(identity, occurrence);
    if (this.newer.size >= REMEMBERED) {
      this.older = this.newer;
      this.newer = new Map();
    }
    return `${this.format}-${occurrence === 1 ? identity : digest([identity, String(occurrence)])}`;
  }
}

/** 132 bits of SHA-256, base64url; JSON keeps the borders between parts. */
export const digest = (parts: string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
