import * as ort from 'onnxruntime-web/wasm';
import type { Embedder } from './embedder.ts';
import { createGate } from './gate.ts';
import { nextTurn } from './next-turn.ts';
import { normaliseText } from './normalise.ts';
import { Tokenizer, type Vocabulary } from './tokenizer.ts';
import { planWindows, poolWindows } from './windows.ts';

/** What a vector of this model is stamped with. */
export const ONNX_MODEL = { model: 'use-lite-en/int8/1', dimensions: 512 };

/** Tokens a run: the cost grows with them, and 64 are about fifty words. */
const WINDOW_TOKENS = 64;
/** Bounds the cost of one text: 1,024 tokens are looked at, wherever they are in it. */
const MAX_WINDOWS = 16;
/** The int8 model needs some 28 MiB; an isolate has 128 MB for everything. */
const MAX_HEAP_PAGES = 1024;
/** An isolate runs at most this many tokens, some 9 ms, before others get their turn. */
const TURN_TOKENS = WINDOW_TOKENS;
const UNKNOWN_TOKEN = 0;

export interface OnnxParts {
  /** ONNX Runtime, with plain memory: `.build/ort.wasm`. The first one given serves the isolate for its life */
  wasm: WebAssembly.Module;
  /** the model file; not needed any more once the embedder is there */
  model: Uint8Array;
  vocabulary: Vocabulary;
}

/**
 * Universal Sentence Encoder Lite (English, 512 dimensions) on ONNX Runtime, in workerd and in Node alike.
 *
 * A text's vector depends on nothing but the text: each is run alone, because the int8 graph scales activations over a
 * whole batch. More than 64 tokens are embedded as windows and pooled by their tokens; a text of more than 16 windows
 * is looked at in 16 places. The event loop gets turns between runs, so that a batch does not stall the isolate.
 * @throws Error when the model does not load
 */
export async function createOnnxEmbedder(parts: OnnxParts): Promise<Embedder> {
  const tokenizer = new Tokenizer(parts.vocabulary);
  const session = await exclusively(() => createSession(parts.wasm, parts.model));

  /** `pause` is told before each run how many tokens it has. */
  const embedText = async (text: string, pause: (tokens: number) => Promise<void>): Promise<Float32Array> => {
    const tokens = tokenizer.encode(normaliseText(text));
    // the graph cannot run on nothing, so an empty text is one unknown token
    const ids = tokens.length === 0 ? Int32Array.of(UNKNOWN_TOKEN) : tokens;
    const vectors: Float32Array[] = [];
    const weights: number[] = [];
    for (const { start, end } of planWindows(ids.length, WINDOW_TOKENS, MAX_WINDOWS)) {
      await pause(end - start);
      vectors.push(await exclusively(() => runSession(session, ids.slice(start, end))));
      weights.push(end - start);
    }
    return poolWindows(vectors, weights);
  };

  return {
    ...ONNX_MODEL,
    async embed(texts) {
      const pause = pauser();
      const rows = new Float32Array(texts.length * ONNX_MODEL.dimensions);
      for (const [i, text] of texts.entries()) rows.set(await embedText(text, pause), i * ONNX_MODEL.dimensions);
      return rows;
    },
  };
}

/**
 * Gives the event loop a turn whenever the runs since the last one would pass `TURN_TOKENS`. In workerd a turn that
 * lets other requests in takes a timer, some 1.1 ms of waiting (0.04 ms CPU), so not every short text is worth one.
 */
function pauser(): (tokens: number) => Promise<void> {
  let since = 0;
  return async (tokens) => {
    since += tokens;
    if (since <= TURN_TOKENS) return;
    since = tokens;
    await nextTurn();
  };
}

async function runSession(session: ort.InferenceSession, ids: Int32Array): Promise<Float32Array> {
  const { embedding } = await session.run({ ids: new ort.Tensor('int32', ids, [1, ids.length]) });
  return embedding!.data as Float32Array;
}

/** The runtime (1.30) holds a part of its wasm stack across awaits, so two runs must not interleave. */
const exclusively = createGate();

let booted = false;

async function createSession(wasm: WebAssembly.Module, model: Uint8Array): Promise<ort.InferenceSession> {
  const options: ort.InferenceSession.SessionOptions = { executionProviders: ['wasm'] };
  if (booted) return ort.InferenceSession.create(model, options);
  ort.env.logLevel = 'error';
  ort.env.wasm.numThreads = 1;
  // never compiled (see below), but without it the glue builds a URL from import.meta.url, which workerd leaves undefined
  ort.env.wasm.wasmBinary = new ArrayBuffer(1);
  const restore = replaceGlobals(wasm);
  try {
    const session = await ort.InferenceSession.create(model, options);
    booted = true;
    return session;
  } finally {
    restore();
  }
}

/**
 * Makes the runtime's glue start from a compiled module with plain memory. It has no option for either, so the globals
 * it calls answer differently while it starts (one turn: nothing else runs meanwhile).
 * @returns a function that puts them back
 */
function replaceGlobals(wasm: WebAssembly.Module): () => void {
  const assembly = WebAssembly as unknown as Record<'instantiate' | 'Memory', unknown>;
  const atomics = Atomics as unknown as Record<'waitAsync', unknown>;
  const { instantiate, Memory } = assembly;
  const { waitAsync } = atomics;
  // workerd compiles no wasm from bytes at run time, so the glue gets the module that came with the bundle
  assembly.instantiate = async (_bytes: unknown, imports: WebAssembly.Imports) => ({
    module: wasm,
    instance: new WebAssembly.Instance(wasm, imports),
  });
  // offered, it would be used to wait for threads, which needs shared memory
  atomics.waitAsync = undefined;
  // the glue asks for shared memory, and for up to 4 GiB of it
  const RealMemory = Memory as typeof WebAssembly.Memory;
  assembly.Memory = function plainMemory({ initial }: { initial: number }) {
    return new RealMemory({ initial, maximum: MAX_HEAP_PAGES });
  };
  return () => {
    Object.assign(assembly, { instantiate, Memory });
    atomics.waitAsync = waitAsync;
  };
}
