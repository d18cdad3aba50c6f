import { z } from 'zod';
import { type EndpointOptions, gatewayHeaders } from './anthropic.ts';
import { eventsOf, parseEvent, post } from './event-stream.ts';
import { type TextModel, TextModelFailed, type TextPart, type TextRequest } from './text-model.ts';

const BASE_URL = 'https://api.openai.com/v1';
/** The end of a stream: the only event that is not JSON. */
const DONE = '[DONE]';

const Tokens = z.object({ prompt_tokens: z.number(), completion_tokens: z.number() });

/** Also of servers that leave out, or null, what they have nothing for. The second shape is that of Workers AI. */
const Chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  response: z.union([z.string(), z.number()]).nullish(),
  usage: Tokens.nullish(),
  error: z.unknown().optional(),
});

/**
 * Chat Completions of OpenAI and of those who speak it.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export function createChatCompletionsModel({ model, baseUrl, apiKey, gatewayToken }: EndpointOptions): TextModel {
  const url = `${baseUrl ?? BASE_URL}/chat/completions`;
  const headers = { authorization: `Bearer ${apiKey}`, ...gatewayHeaders(gatewayToken) };
  const limit = limitField(url);
  return {
    model: `openai/${model}`,
    async *generate(request, signal) {
      const { maxTokens } = request;
      const streaming = { stream: true, stream_options: { include_usage: true } };
      const body = { model, ...inputsOf(request), [limit]: maxTokens, ...streaming };
      yield* partsOf(await post(url, headers, body, signal));
    },
  };
}

/** Messages and sampling, without the limit of tokens: its name differs. */
export function inputsOf({ system, turns, temperature }: TextRequest) {
  const messages = [{ role: 'system' as const, content: system }, ...turns];
  return { messages, ...(temperature === null ? {} : { temperature }) };
}

/** The parts of a stream of chunks. @throws TextModelFailed where it ends without having ended the text */
export async function* partsOf(response: Response): AsyncGenerator<TextPart> {
  let finished = false;
  for await (const data of eventsOf(response, Date.now())) {
    if (data === DONE) return;
    const { choices, response: piece, usage, error } = parseEvent(Chunk, data);
    if (error !== undefined && error !== null) throw new TextModelFailed('away', 'The text model broke off.');
    const choice = choices?.[0];
    const text = choice?.delta?.content ?? (piece === undefined || piece === null ? '' : String(piece));
    if (text !== '') yield { type: 'text', text };
    if (usage) yield { type: 'usage', usage: { input: usage.prompt_tokens, output: usage.completion_tokens } };
    finished ||= Boolean(choice?.finish_reason);
  }
  if (!finished) throw new TextModelFailed('cut', 'The text ended before the model said so.');
}

/** OpenAI itself has given the limit a new name, which its newer models insist on and most others do not know. */
function limitField(url: string): 'max_tokens' | 'max_completion_tokens' {
  const { hostname, pathname } = new URL(url);
  const isOpenAi =
    hostname === 'api.openai.com' || (hostname === 'gateway.ai.cloudflare.com' && /\/openai\//.test(pathname));
  return isOpenAi ? 'max_completion_tokens' : 'max_tokens';
}
