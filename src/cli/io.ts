/** What a command knows of the world around it; tests give their own. */
export interface Io {
  /** results, for people or pipes */
  out(line: string): void;
  /** progress, notes and errors */
  err(line: string): void;
  env: Record<string, string | undefined>;
  cwd: string;
  /** a person watches: draw a bar, ask questions */
  interactive: boolean;
  ask(question: string): Promise<boolean>;
}

/** The command cannot be done as asked, and nothing was done: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Text of a message or a file for a terminal: one line, no control sequences. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');

export const count = (value: number): string => value.toLocaleString('en-US');

export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
