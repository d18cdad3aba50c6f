import { count, gauge, observe } from '../metrics/recorder.ts';
import type { BreakerState } from '../shared/breaker.ts';
import type { DailyLimits } from './budget.ts';
import type { Provenance } from './contract.ts';
import type { FailureKind, Usage } from './text-model.ts';

/** Why no text was given. */
export type RefusalReason = FailureKind | 'budget' | 'leak' | 'shape';

const BREAKER: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 0.5, open: 1 };

/** A text was given. @param ms since it was asked for */
export function countAnswer(template: string, source: Provenance['source'], ms: number): void {
  count('llm_answers_total', { template, source });
  observe('llm_answer_duration_seconds', ms / 1000, { source });
}

/** None was given: the path without a model is taken. */
export const countRefusal = (template: string, reason: RefusalReason): void =>
  count('llm_refusals_total', { template, reason });

/** A request to the model has ended. `unusable`: we broke off what must not be shown. */
export const countCall = (outcome: 'ok' | 'unusable' | Exclude<FailureKind, 'absent'>, ms: number): void =>
  observe('llm_request_duration_seconds', ms / 1000, { outcome });

export const countFirstToken = (ms: number): void => observe('llm_first_token_seconds', ms / 1000);

export const countRepair = (template: string): void => count('llm_repairs_total', { template });

/** What a neuron of Workers AI costs (Cloudflare, Workers AI pricing, 2026-09-20). */
const DOLLARS_A_NEURON = 0.011 / 1_000;

/** @param model as `TextModel` names it; what Workers AI takes is also told in its own unit */
export function countSpending({ input, output }: Usage, dollars: number, model: string): void {
  if (model.startsWith('workers-ai/')) {
    count('workers_ai_neurons_total', { use: 'text' }, dollars / DOLLARS_A_NEURON);
  }
  count('llm_tokens_total', { direction: 'input' }, input);
  count('llm_tokens_total', { direction: 'output' }, output);
  count('llm_cost_dollars_total', {}, dollars);
}

export const tellBreaker = (state: BreakerState): void => gauge('llm_breaker_state', BREAKER[state]);

/** @param used today, with what is set aside for requests under way */
export function tellBudget(used: { tokens: number; dollars: number }, limits: DailyLimits): void {
  const shares = (['tokens', 'dollars'] as const).map((part) => used[part] / (limits[part] ?? Infinity));
  gauge('llm_budget_used_ratio', Math.max(...shares));
}
