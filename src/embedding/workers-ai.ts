import { z } from 'zod';
import { type Embedder, EmbedderUnavailable } from './embedder.ts';
import { normaliseText } from './normalise.ts';
import { planWindows, poolWindows, toUnitLength } from './windows.ts';

type Pooling = 'mean' | 'cls';

/** What of the `AI` binding is used: raw responses, because only they tell the status. */
export interface AiRunner {
  run(
    model: string,
    inputs: { text: string[]; pooling: Pooling },
    options: { returnRawResponse: true; signal: AbortSignal },
  ): Promise<Response>;
}

interface WorkersAiOptions {
  model?: string;
  dimensions?: number;
  /** `cls` and `mean` are two spaces, so the choice is part of the model's id here */
  pooling?: Pooling;
  timeoutMs?: number;
}

/**
 * Reply of the BGE models.
 * @see https://developers.cloudflare.com/workers-ai/models/bge-small-en-v1.5/
 */
const Reply = z.object({
  shape: z.array(z.number().int()).optional(),
  data: z.array(z.array(z.number())),
  pooling: z.enum(['mean', 'cls']).optional(),
});

/** Body of a refusal; `internalCode` 3040, for one, is "out of capacity". */
const Refusal = z.object({ internalCode: z.number() });

/** Texts a request; the platform's limit is 100. */
const BATCH = 16;
/** A text over 512 tokens is refused. No tokenizer is at hand, but a token is at least one character. */
const WINDOW_CHARACTERS = 500;
const MAX_WINDOWS = 16;
/** An empty text is refused as well. */
const EMPTY = '-';

/** Statuses that say something about the input. All others are an outage, or a set-up that an operator will mend. */
const INPUT_STATUSES = new Set([400, 413, 422]);

/**
 * Workers AI. Long texts go as windows of characters, pooled by their length.
 * @param ai the `AI` binding
 */
export function createWorkersAiEmbedder(ai: AiRunner, options: WorkersAiOptions = {}): Embedder {
  const { model = '@cf/baai/bge-small-en-v1.5', dimensions = 384, pooling = 'cls', timeoutMs = 5_000 } = options;

  /** One request: unit vectors of at most `BATCH` inputs. */
  const request = async (text: string[]): Promise<Float32Array[]> => {
    const signal = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let body: unknown;
    try {
      response = await ai.run(model, { text, pooling }, { returnRawResponse: true, signal });
      body = await response.json();
    } catch (cause) {
      throw new EmbedderUnavailable('Workers AI does not answer.', { cause });
    }
    if (!response.ok) throw refusal(response.status, body);
    const reply = Reply.safeParse(body);
    const asked = { texts: text.length, dimensions, pooling };
    if (!reply.success || !answers(reply.data, asked)) {
      throw new EmbedderUnavailable('Workers AI answered in a shape that was not asked for.');
    }
    return reply.data.data.map(toUnitLength);
  };

  return {
    model: `${model}/${pooling}`,
    dimensions,
    remote: true,
    async embed(texts) {
      const windows = texts.map(toWindows);
      const inputs = windows.flat();
      const vectors: Float32Array[] = [];
      for (let i = 0; i < inputs.length; i += BATCH) vectors.push(...(await request(inputs.slice(i, i + BATCH))));

      const rows = new Float32Array(texts.length * dimensions);
      let next = 0;
      for (const [i, parts] of windows.entries()) {
        const own = vectors.slice(next, next + parts.length);
        const lengths = parts.map((part) => part.length);
        rows.set(poolWindows(own, lengths), i * dimensions);
        next += parts.length;
      }
      return rows;
    },
  };
}

/**
 * The inputs for one text: itself when it is short. Length is counted after canonical decomposition, because the
 * model's tokenizer decomposes too and a Hangul syllable becomes up to three tokens.
 */
function toWindows(text: string): string[] {
  const normalised = normaliseText(text);
  if (normalised === '') return [EMPTY];
  const points = Array.from(normalised.normalize('NFD'));
  if (points.length <= WINDOW_CHARACTERS) return [normalised];
  return planWindows(points.length, WINDOW_CHARACTERS, MAX_WINDOWS).map(({ start, end }) =>
    points.slice(start, end).join('').normalize('NFC'),
  );
}

interface Asked {
  texts: number;
  dimensions: number;
  pooling: Pooling;
}

/** A reply with another pooling is in another space, whatever its shape. */
function answers(reply: z.infer<typeof Reply>, asked: Asked): boolean {
  const { shape, data, pooling } = reply;
  if (pooling !== undefined && pooling !== asked.pooling) return false;
  if (shape !== undefined && (shape[0] !== asked.texts || shape[1] !== asked.dimensions)) return false;
  return data.length === asked.texts && data.every((row) => row.length === asked.dimensions);
}

function refusal(status: number, body: unknown): Error {
  const known = Refusal.safeParse(body);
  const code = known.success ? known.data.internalCode : 'none';
  const message = `Workers AI answered ${status}, internal code ${code}.`;
  return INPUT_STATUSES.has(status) ? new Error(message) : new EmbedderUnavailable(message);
}
