import type { Role } from '../messages/contract.ts';
import { quoted } from '../text/quoted.ts';

/** A message as far as it is quoted. */
export interface QuotedMessage {
  role: Role;
  speaker: string | null;
  content: string;
  /** ISO 8601 UTC */
  timestamp: string;
  /** nobody recorded it: the line says so */
  isRebuilt?: boolean;
}

const REBUILT = ' (reconstructed, not recorded)';
const NAME_LETTERS = 64;
/** A name of these stands without quotes. */
const PLAIN_NAME = /^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N} .'_-]*$/u;

/** One record on one line: the time of day (UTC), who said it, and what. */
export const recordLine = (message: QuotedMessage, content: string): string =>
  `${message.timestamp.slice(11, 16)} ${nameOf(message)}${message.isRebuilt ? REBUILT : ''}: ${quoted(content)}`;

function nameOf({ speaker, role }: QuotedMessage): string {
  if (speaker === null) return role;
  const name = speaker.length > NAME_LETTERS ? `${speaker.slice(0, NAME_LETTERS).toWellFormed()}…` : speaker;
  return PLAIN_NAME.test(name) ? name : quoted(name);
}
