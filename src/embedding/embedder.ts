import type { Outcome } from '../shared/errors.ts';

/** Vectors of some texts by one model. Vectors of two models are never compared. */
export interface Embeddings {
  /** id of the model, stored with every vector */
  model: string;
  dimensions: number;
  /** row-major [texts, dimensions] float32; every row has unit length */
  vectors: Float32Array;
}

/** One model that turns texts into vectors. */
export interface Embedder {
  readonly model: string;
  readonly dimensions: number;
  /** it answers over the network, so that a cache outside the isolate can be faster than asking */
  readonly remote?: boolean;
  /**
   * @returns row-major [texts, dimensions] float32, unit rows
   * @throws EmbedderUnavailable when a later try may succeed
   */
  embed(texts: readonly string[]): Promise<Float32Array>;
}

/** The model cannot be reached or is overloaded. Nothing is wrong with the texts. */
export class EmbedderUnavailable extends Error {
  override readonly name = 'EmbedderUnavailable';
}

/** A query comes again and its answer is waited for; a message is embedded once and then lies in the store. */
export type EmbeddingPurpose = 'message' | 'query';

/**
 * What the Durable Object calls: the tiers, the caches and the fallback stand behind it.
 * Without `model` the preferred model that answers is used; with it, that one or a refusal (`unavailable`).
 * `scope` names whose texts these are, for instance tenant and user: caches share nothing between scopes, and without
 * one nothing is cached. It never throws: a failure crosses RPC as a value.
 */
export interface EmbeddingPort {
  embed(texts: string[], model?: string, scope?: string, purpose?: EmbeddingPurpose): Promise<Outcome<Embeddings>>;
}
