import { z } from 'zod';
import { createAnthropicModel } from './anthropic.ts';
import type { DailyLimits, Prices } from './budget.ts';
import type { CallLimits } from './caller.ts';
import { createChatCompletionsModel } from './chat-completions.ts';
import { NO_MODEL, type TextModel } from './text-model.ts';
import { createWorkersAiModel, type TextRunner } from './workers-ai.ts';

/** What of the environment sets the text model up. Everything arrives as text; what is empty or missing is not set. */
export interface TextModelEnv {
  /** `none`, `workers-ai`, `anthropic` or `openai` */
  LLM_PROVIDER?: string;
  LLM_MODEL?: string;
  /** another server of the same protocol, or an AI Gateway */
  LLM_BASE_URL?: string;
  /** a secret */
  LLM_API_KEY?: string;
  /** id of an AI Gateway for Workers AI */
  LLM_GATEWAY?: string;
  /** a secret */
  LLM_GATEWAY_TOKEN?: string;
  LLM_TIMEOUT_MS?: string;
  /** dollars a million tokens */
  LLM_PRICE_INPUT?: string;
  LLM_PRICE_OUTPUT?: string;
  /** for one tenant */
  LLM_DAILY_TOKENS?: string;
  LLM_DAILY_DOLLARS?: string;
}

export interface TextModelConfig {
  model: TextModel;
  call: CallLimits;
  limits: DailyLimits;
  prices: Prices;
}

const RETRIES = 2;
const DEFAULT_TIMEOUT_MS = 30_000;
/** Silence is no sign of work: a third of the time is left for another try. */
const IDLE_SHARE = 2 / 3;
/** Beside the platform's own provider a key goes over the network, so never in the clear but to this machine. */
const Address = z
  .url({ protocol: /^https?$/ })
  .refine((url) => url.startsWith('https:') || /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(`${url}/`))
  .transform((url) => url.replace(/\/+$/, ''));

const empty = (value: unknown) => (typeof value === 'string' && value.trim() === '' ? undefined : value);
const text = z.preprocess(empty, z.string().optional());
const amount = z.preprocess(empty, z.coerce.number().nonnegative().optional());

const Settings = z.object({
  LLM_PROVIDER: z.preprocess(empty, z.enum(['none', 'workers-ai', 'anthropic', 'openai']).default('none')),
  LLM_MODEL: text,
  LLM_BASE_URL: z.preprocess(empty, Address.optional()),
  LLM_API_KEY: text,
  LLM_GATEWAY: text,
  LLM_GATEWAY_TOKEN: text,
  LLM_TIMEOUT_MS: z.preprocess(empty, z.coerce.number().int().min(100).max(300_000).default(DEFAULT_TIMEOUT_MS)),
  LLM_PRICE_INPUT: amount,
  LLM_PRICE_OUTPUT: amount,
  LLM_DAILY_TOKENS: amount,
  LLM_DAILY_DOLLARS: amount,
});

/**
 * The text model that is set up, `none` where nothing is.
 *
 * @param ai the `AI` binding, where there is one
 * @throws Error that names each wrong variable, and shows the value of none
 */
export function textModelConfig(env: TextModelEnv, ai: TextRunner | undefined): TextModelConfig {
  const parsed = Settings.safeParse(env);
  if (!parsed.success) {
    const names = new Set(parsed.error.issues.map(({ path }) => String(path[0])));
    throw new Error(`The text model is not set up: ${[...names].join(', ')}.`);
  }
  const settings = parsed.data;
  const timeoutMs = settings.LLM_TIMEOUT_MS;
  const dollars = settings.LLM_DAILY_DOLLARS ?? null;
  const isPriced = settings.LLM_PRICE_INPUT !== undefined && settings.LLM_PRICE_OUTPUT !== undefined;
  if (dollars !== null && !isPriced) {
    throw new Error('The text model is not set up: LLM_DAILY_DOLLARS needs LLM_PRICE_INPUT and LLM_PRICE_OUTPUT.');
  }
  return {
    model: modelOf(settings, ai),
    call: { timeoutMs, idleMs: timeoutMs * IDLE_SHARE, retries: RETRIES },
    limits: { tokens: settings.LLM_DAILY_TOKENS ?? null, dollars },
    prices: { input: settings.LLM_PRICE_INPUT ?? 0, output: settings.LLM_PRICE_OUTPUT ?? 0 },
  };
}

function modelOf(settings: z.infer<typeof Settings>, ai: TextRunner | undefined): TextModel {
  const { LLM_PROVIDER: provider, LLM_MODEL: model, LLM_API_KEY: apiKey } = settings;
  if (provider === 'none') return NO_MODEL;
  if (model === undefined) throw new Error('The text model is not set up: LLM_MODEL.');
  if (provider === 'workers-ai') {
    if (ai === undefined) throw new Error('The text model is not set up: the AI binding is missing.');
    return createWorkersAiModel(ai, model, settings.LLM_GATEWAY ?? null);
  }
  if (apiKey === undefined) throw new Error('The text model is not set up: LLM_API_KEY.');
  const baseUrl = settings.LLM_BASE_URL ?? null;
  const endpoint = { model, baseUrl, apiKey, gatewayToken: settings.LLM_GATEWAY_TOKEN ?? null };
  return provider === 'anthropic' ? createAnthropicModel(endpoint) : createChatCompletionsModel(endpoint);
}
