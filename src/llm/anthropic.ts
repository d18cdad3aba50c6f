import { z } from 'zod';
import { eventsOf, parseEvent, post } from './event-stream.ts';
import { type TextModel, TextModelFailed, type TextRequest } from './text-model.ts';

export interface EndpointOptions {
  model: string;
  /** without a slash at its end; null: the provider's own */
  baseUrl: string | null;
  apiKey: string;
  /** of an AI Gateway that asks for one, beside the provider's key; null: none */
  gatewayToken: string | null;
}

const VERSION = '2023-06-01';
const BASE_URL = 'https://api.anthropic.com';

/** Events that say nothing of text or tokens pass, also ones yet to be thought of, as the protocol asks. */
const Event = z.union([
  z.object({
    type: z.literal('message_start'),
    message: z.object({
      usage: z.object({
        input_tokens: z.number(),
        cache_creation_input_tokens: z.number().nullish(),
        cache_read_input_tokens: z.number().nullish(),
      }),
    }),
  }),
  z.object({
    type: z.literal('content_block_delta'),
    delta: z.union([z.object({ type: z.literal('text_delta'), text: z.string() }), z.object({ type: z.string() })]),
  }),
  z.object({ type: z.literal('message_delta'), usage: z.object({ output_tokens: z.number() }) }),
  z.object({ type: z.literal('error'), error: z.object({ type: z.string() }) }),
  z.object({ type: z.string() }),
]);

/**
 * The Messages API of Anthropic and of those who speak it.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export function createAnthropicModel({ model, baseUrl, apiKey, gatewayToken }: EndpointOptions): TextModel {
  const url = `${baseUrl ?? BASE_URL}/v1/messages`;
  const headers = { 'x-api-key': apiKey, 'anthropic-version': VERSION, ...gatewayHeaders(gatewayToken) };
  return {
    model: `anthropic/${model}`,
    async *generate(request, signal) {
      const response = await post(url, headers, bodyOf(model, request), signal);
      let input = 0;
      for await (const data of eventsOf(response, Date.now())) {
        const event = parseEvent(Event, data);
        if ('message' in event) {
          const { usage } = event.message;
          input = usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0);
          yield { type: 'usage', usage: { input, output: 0 } };
        } else if ('delta' in event) {
          if ('text' in event.delta && event.delta.text !== '') yield { type: 'text', text: event.delta.text };
        } else if ('usage' in event) {
          yield { type: 'usage', usage: { input, output: event.usage.output_tokens } };
        } else if ('error' in event) {
          throw failureOf(event.error.type);
        } else if (event.type === 'message_stop') return;
      }
      throw new TextModelFailed('cut', 'The text ended before the model said so.');
    },
  };
}

/** @see https://developers.cloudflare.com/ai-gateway/configuration/authentication/ */
export const gatewayHeaders = (token: string | null): Record<string, string> =>
  token === null ? {} : { 'cf-aig-authorization': `Bearer ${token}` };

function bodyOf(model: string, { system, turns, maxTokens, temperature }: TextRequest) {
  const sampling = temperature === null ? {} : { temperature };
  return { model, system, messages: turns, max_tokens: maxTokens, stream: true, ...sampling };
}

function failureOf(type: string): TextModelFailed {
  const kind = type === 'rate_limit_error' ? 'busy' : type === 'invalid_request_error' ? 'refused' : 'away';
  return new TextModelFailed(kind, `The text model broke off with ${/^\w{1,40}$/.test(type) ? type : 'an error'}.`);
}
