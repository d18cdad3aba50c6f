import { inputsOf, partsOf } from './chat-completions.ts';
import { type TextModel, TextModelFailed } from './text-model.ts';

interface TextInputs {
  messages: { role: 'system' | 'user' | 'assistant'; content: string }[];
  max_tokens: number;
  temperature?: number;
  stream: true;
}

/** What of the `AI` binding is used: raw responses, because only they tell the status. */
export interface TextRunner {
  run(
    model: string,
    inputs: TextInputs,
    options: { returnRawResponse: true; signal: AbortSignal; gateway?: { id: string } },
  ): Promise<Response>;
}

/**
 * Workers AI over its binding. Its streams hold chunks of its own or those of Chat Completions, as the model has it.
 *
 * @param gateway id of an AI Gateway to go through; null: none
 * @see https://developers.cloudflare.com/workers-ai/features/streaming/
 */
export function createWorkersAiModel(ai: TextRunner, model: string, gateway: string | null = null): TextModel {
  return {
    model: `workers-ai/${model}`,
    async *generate(request, signal) {
      const inputs = { ...inputsOf(request), max_tokens: request.maxTokens, stream: true as const };
      const options = { returnRawResponse: true as const, signal };
      let response: Response;
      try {
        response = await ai.run(model, inputs, gateway === null ? options : { ...options, gateway: { id: gateway } });
      } catch (cause) {
        throw new TextModelFailed('away', 'Workers AI does not answer.', { cause });
      }
      yield* partsOf(response);
    },
  };
}
