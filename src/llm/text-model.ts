export interface Turn {
  role: 'user' | 'assistant';
  content: string;
}

/** What a model is asked. It has no tools, so there is nothing it could call. */
export interface TextRequest {
  system: string;
  /** the first is of the user */
  turns: readonly Turn[];
  maxTokens: number;
  /** 0 to 1; null: as the model has it */
  temperature: number | null;
}

/** Tokens as the model counts them. */
export interface Usage {
  input: number;
  output: number;
}

/** `usage` may come more than once; the last one counts. */
export type TextPart = { type: 'text'; text: string } | { type: 'usage'; usage: Usage };

/** A model that writes. Its parts come as they are written; whoever wants no more aborts the signal. */
export interface TextModel {
  /** names provider and model, as in `anthropic/claude-…`; answers of two are never mixed up */
  readonly model: string;
  /** @throws TextModelFailed whenever it cannot write to the end */
  generate(request: TextRequest, signal: AbortSignal): AsyncIterable<TextPart>;
}

/**
 * Why no text came: `away` (no connection, 5xx, overloaded), `busy` (429), `late`, `cut` (the stream ended before the
 * text did), `garbled` (not the protocol), `barred` (the key or the address is wrong), `refused` (this request is not
 * taken), `absent` (there is no model), `dropped` (we wanted no more of it).
 */
export type FailureKind = 'away' | 'busy' | 'late' | 'cut' | 'garbled' | 'barred' | 'refused' | 'absent' | 'dropped';

interface FailureOptions extends ErrorOptions {
  /** how long the other side asks to be left alone */
  retryAfterMs?: number | null;
}

/** What a message of it says is for logs: no prompt, no answer, no secret. */
export class TextModelFailed extends Error {
  override readonly name = 'TextModelFailed';
  readonly kind: FailureKind;
  readonly retryAfterMs: number | null;

  constructor(kind: FailureKind, message: string, { retryAfterMs = null, ...options }: FailureOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Another try at once may succeed. */
export const isPassing = ({ kind }: TextModelFailed): boolean =>
  kind === 'away' || kind === 'busy' || kind === 'late' || kind === 'cut' || kind === 'garbled';

/** In place of a model where none is set up. */
export const NO_MODEL: TextModel = {
  model: 'none',
  generate: () => {
    throw new TextModelFailed('absent', 'No text model is set up.');
  },
};
