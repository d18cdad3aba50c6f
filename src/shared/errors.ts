import type { InferenceName } from './inferences.ts';

/** Every refusal the service can give, with its HTTP status. The code is stable; the wording of a detail is not. */
export const STATUS_OF = {
  invalid_input: 400,
  unauthenticated: 401,
  forbidden: 403,
  consent_required: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof STATUS_OF;

/** One fault of a request: `pointer` is a JSON pointer (RFC 6901) into the part named by `in`. */
export interface Fault {
  in: 'body' | 'query' | 'path' | 'header';
  pointer: string;
  detail: string;
}

interface AppErrorOptions {
  faults?: Fault[];
  retryAfterSeconds?: number;
  /** of `consent_required`: those that the person has not allowed */
  inferences?: InferenceName[];
}

/** An expected failure. Anything else that is thrown is a bug and is answered as `internal`. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly faults: Fault[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly inferences: InferenceName[] | undefined;

  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail);
    this.code = code;
    this.detail = detail;
    this.faults = options.faults;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.inferences = options.inferences;
  }
}

export interface Refusal {
  ok: false;
  code: ErrorCode;
  detail: string;
  retryAfterSeconds?: number;
  inferences?: InferenceName[];
  faults?: Fault[];
}

/** What a Durable Object returns across RPC: an expected failure is a value, because a thrown class does not survive. */
export type Outcome<T> = { ok: true; value: T } | Refusal;

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value });

export const refused = (code: ErrorCode, detail: string, retryAfterSeconds?: number): Refusal =>
  retryAfterSeconds === undefined ? { ok: false, code, detail } : { ok: false, code, detail, retryAfterSeconds };

export const consentRequired = (inferences: InferenceName[]): Refusal => ({
  ok: false,
  code: 'consent_required',
  detail: `The user has not consented to: ${inferences.join(', ')}.`,
  inferences,
});

/** Turns a refused `Outcome` into an `AppError`. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  const { code, detail, retryAfterSeconds, inferences, faults } = outcome;
  throw new AppError(code, detail, {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(inferences === undefined ? {} : { inferences }),
    ...(faults === undefined ? {} : { faults }),
  });
}
