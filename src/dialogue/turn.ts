/** What one speaker said before another took over. */
export interface Turn {
  text: string;
  /** unit length, of the model that is named beside it; null: not embedded */
  vector: Float32Array | null;
  /** null or left out: unknown */
  speaker?: string | null;
  /** what it was sent as, in order, where that was several messages (`joinMessages`) */
  messages?: readonly Message[];
}

export interface Message {
  text: string;
  vector: Float32Array | null;
}

/** What stands around the place of a turn. Either side may be empty. */
export interface Neighbours {
  /** oldest first: the last one stands right before */
  before: readonly Turn[];
  /** the first one stands right after */
  after: readonly Turn[];
}
