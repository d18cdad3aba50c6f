import type { Keystrokes } from '../messages/contract.ts';

/** One message of the remembered person (role `user`), as every inference sees it. */
export interface Utterance {
  /** the object's number of the message: later rows were accepted later */
  row: number;
  /** the API's id */
  id: string;
  conversationId: string;
  content: string;
  /** epoch ms, as the client said; may run backwards from one row to the next */
  sentAt: number;
  /** unit length, as it is stored (int8, dequantised), so that taking it back is exact; null: not embedded */
  vector: Float32Array | null;
  /** the model of `vector` */
  model: string | null;
  keystrokes: Keystrokes | null;
}

/**
 * A running estimate over a person's messages. `State` is bounded however many messages it has seen, and additive: a
 * message that is taken back leaves no trace.
 */
export interface Inference<State> {
  /** a state of another version is thrown away and computed anew from the messages */
  readonly version: string;
  empty(): State;
  /** Adds a message (1) or takes it back (-1), in place, in O(its length). What was added can be taken back in any order. */
  apply(state: State, utterance: Utterance, sign: 1 | -1): void;
  /** at most 2 MB over all inferences */
  toBytes(state: State): Uint8Array;
  fromBytes(bytes: Uint8Array): State;
}
