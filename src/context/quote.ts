import type { Role } from '../messages/contract.ts';

/** A message as far as it is quoted. */
export interface QuotedMessage {
  role: Role;
  speaker: string | null;
  content: string;
  /** ISO 8601 UTC */
  timestamp: string;
}

const NAME_LETTERS = 64;
/** A name of these stands without quotes. */
const PLAIN_NAME = /^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N} .'_-]*$/u;
/** Line ends that JSON leaves as they are, and signs that turn or hide what follows. */
const UNSEEN = /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
/** What some models read as the mark of a turn: `<|im_start|>`, `</s>`, `<system>`, `[INST]`. */
const TURN_MARKS = /<(?=[|/!?\p{L}])|\[(?=\s*\/?\s*(?:INST|SYS))/giu;

const escaped = (text: string) =>
  text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A text as one line between double quotes (a JSON string), from which nothing it holds can break out. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replace(UNSEEN, escaped).replace(TURN_MARKS, escaped);

/** One record on one line: the time of day (UTC), who said it, and what. */
export const recordLine = (message: QuotedMessage, content: string): string =>
  `${message.timestamp.slice(11, 16)} ${nameOf(message)}: ${quoted(content)}`;

function nameOf({ speaker, role }: QuotedMessage): string {
  if (speaker === null) return role;
  const name = speaker.length > NAME_LETTERS ? `${speaker.slice(0, NAME_LETTERS).toWellFormed()}…` : speaker;
  return PLAIN_NAME.test(name) ? name : quoted(name);
}
