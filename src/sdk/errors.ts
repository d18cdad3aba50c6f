import type { Fault } from '../shared/errors.ts';

/** The service answered with a refusal (RFC 9457), or something in front of it did. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** stable, e.g. `rate_limited`; `http_502` where the answer was no problem document */
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly faults: Fault[];
  /** seconds, from `Retry-After` */
  readonly retryAfter: number | undefined;
  readonly requestId: string | undefined;

  constructor(fields: Omit<ProblemError, 'name' | 'message' | 'stack' | 'cause'>) {
    super(`${fields.code}: ${fields.detail}`);
    this.code = fields.code;
    this.status = fields.status;
    this.detail = fields.detail;
    this.faults = fields.faults;
    this.retryAfter = fields.retryAfter;
    this.requestId = fields.requestId;
  }
}

/** No answer: refused, cut off, or too late. Whether the service did the work is unknown; repeating it is safe. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** An answer that is not of this service: the address leads elsewhere, or to another version. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
}
