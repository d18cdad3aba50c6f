import type { RerankRunner } from '../../src/embedding/reranker.ts';
import type { AiRunner } from '../../src/embedding/workers-ai.ts';

type Inputs = Parameters<AiRunner['run']>[1];

/**
 * The `AI` binding as the platform speaks with raw responses: JSON bodies, refusals with name, internal code and
 * description. Vectors are made from the characters of a text, so that equal texts are equal.
 * @see https://developers.cloudflare.com/workers-ai/platform/errors/
 */
export class FakeAi implements AiRunner {
  readonly requests: { model: string; inputs: Inputs }[] = [];
  private reply: ((inputs: Inputs) => Response) | undefined;
  private readonly dimensions: number;

  constructor(dimensions = 384) {
    this.dimensions = dimensions;
  }

  async run(model: string, inputs: Inputs): Promise<Response> {
    this.requests.push({ model, inputs });
    if (this.reply) return this.reply(inputs);
    if (inputs.text.length > 100 || inputs.text.some((text) => text === '')) return refusal(400, 5006);
    const data = inputs.text.map((text) => this.vector(text));
    return Response.json({ shape: [data.length, this.dimensions], data, pooling: inputs.pooling });
  }

  refuse(status: number, internalCode?: number): void {
    this.reply = () => refusal(status, internalCode);
  }

  answer(body: unknown): void {
    this.reply = () => Response.json(body);
  }

  recover(): void {
    this.reply = undefined;
  }

  /** Not of unit length: the platform does not promise that. */
  private vector(text: string): number[] {
    const vector = Array.from({ length: this.dimensions }, () => 0.01);
    for (let i = 0; i < text.length; i++) {
      const at = (text.charCodeAt(i) * 31 + i) % this.dimensions;
      vector[at] = vector[at]! + 1;
    }
    return vector;
  }
}

type RerankInputs = Parameters<RerankRunner['run']>[1];

/**
 * As `FakeAi`, for `@cf/baai/bge-reranker-base`: a text is as good as the share of the query's words that it holds, and
 * the answer has the best `top_k` first, each with its place in the request.
 */
export class FakeRerankAi implements RerankRunner {
  readonly requests: { model: string; inputs: RerankInputs }[] = [];
  private reply: ((signal: AbortSignal) => Response | Promise<Response>) | undefined;

  async run(model: string, inputs: RerankInputs, { signal }: { signal: AbortSignal }): Promise<Response> {
    this.requests.push({ model, inputs });
    if (this.reply) return this.reply(signal);
    const words = inputs.query.toLowerCase().split(/\W+/);
    const scored = inputs.contexts.map(({ text }, id) => ({
      id,
      score: words.filter((word) => text.toLowerCase().includes(word)).length / words.length,
    }));
    return Response.json({ response: scored.sort((a, b) => b.score - a.score).slice(0, inputs.top_k) });
  }

  refuse(status: number, internalCode?: number): void {
    this.reply = () => refusal(status, internalCode);
  }

  answer(text: string): void {
    this.reply = () => new Response(text);
  }

  /** Answers nothing until it is no longer waited for. */
  hang(): void {
    this.reply = (signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }

  recover(): void {
    this.reply = undefined;
  }
}

const refusal = (status: number, internalCode?: number): Response =>
  Response.json({ name: 'AiError', internalCode, description: 'refused' }, { status });
