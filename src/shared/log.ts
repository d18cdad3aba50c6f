import { requestId } from './request-scope.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

let showsDebug = false;

/** `debug` also shows the way of each request through object, queue and Postgres. @param level of `LOG_LEVEL` */
export function setLogLevel(level: string | undefined): void {
  showsDebug = level === 'debug';
}

/**
 * Fields of a line: ids, names, counts and times of ours, and one `error`. Never what a user or an application wrote, and
 * no user id.
 */
export interface LogFields {
  error?: unknown;
  [name: string]: unknown;
}

/** Errors of these names say nothing that a user wrote; a SyntaxError of JSON quotes it, and so may a database. */
const SPEAKABLE = new Set(['Error', 'TypeError', 'RangeError', 'ReferenceError', 'AbortError', 'TimeoutError']);
const LONGEST_MESSAGE = 300;
const FRAMES = 8;

/**
 * The only place that logs. A line is one object, so that `wrangler tail --format json` and Workers Logs show its fields:
 * `level`, `event` (a fixed text), `request_id` where a request is worked for, and what else belongs to the event.
 */
export const log = {
  debug: (event: string, fields: LogFields = {}) => {
    if (showsDebug) line('debug', event, fields);
  },
  info: (event: string, fields: LogFields = {}) => line('info', event, fields),
  warn: (event: string, fields: LogFields = {}) => line('warn', event, fields),
  error: (event: string, fields: LogFields = {}) => line('error', event, fields),
};

function line(level: Level, event: string, { error, ...fields }: LogFields): void {
  const request_id = requestId();
  const said = { level, event, ...(request_id === undefined ? {} : { request_id }), ...fields };
  console[level](error === undefined ? said : { ...said, error: errorFields(error) });
}

export interface LoggedError {
  name: string;
  message?: string;
  code?: string;
  /** where it was thrown: frames alone, since the first line of a stack is the message */
  stack?: string[];
  cause?: LoggedError;
}

/** What may be said of an error. */
export function errorFields(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack, cause } = error;
  const { code, query, remote } = error as Error & Record<string, unknown>;
  // a query carries its parameters in its message, and an error from another object any message
  const mayQuote = query !== undefined || remote === true || !(SPEAKABLE.has(name) && SPEAKABLE.has(kindOf(error)));
  const frames = (stack ?? '').split('\n').filter((text) => /^\s+at /.test(text));
  return {
    name: name === 'Error' ? kindOf(error) : name,
    ...(mayQuote ? {} : { message: message.slice(0, LONGEST_MESSAGE) }),
    ...(typeof code === 'string' ? { code: code.slice(0, 40) } : {}),
    ...(frames.length > 0 ? { stack: frames.slice(0, FRAMES).map((text) => text.trim()) } : {}),
    ...(cause !== undefined && depth < 3 ? { cause: errorFields(cause, depth + 1) } : {}),
  };
}

const kindOf = (error: Error): string => error.constructor?.name ?? 'Error';
