import type { FlagRule } from './contract.ts';

interface FlagDefinition {
  description: string;
  /** what holds where a tenant has said nothing */
  byDefault: FlagRule;
}

const ON: FlagRule = { kind: 'boolean', on: true };
const OFF: FlagRule = { kind: 'boolean', on: false };

/** Every flag there is. Code asks for a flag by its name here, so one that is removed is found by the compiler. */
export const FLAGS = {
  rerank: { description: 'A search that asks for it is re-ranked, where a re-ranker is set up.', byDefault: ON },
  text_model: { description: 'Drafts, orders and summaries by the text model, where one is set up.', byDefault: ON },
  mirror_reply_candidate: {
    description: 'Predicted replies come from the candidate version; the present one runs in its shadow.',
    byDefault: OFF,
  },
  mirror_reply_shadow: {
    description: 'The version of predicted replies that is not shown runs unseen and is scored by the same truths.',
    byDefault: ON,
  },
  mirror_decision_candidate: {
    description: 'Predicted decisions come from the candidate version; the present one runs in its shadow.',
    byDefault: OFF,
  },
  mirror_decision_shadow: {
    description: 'The version of predicted decisions that is not shown runs unseen and is scored by the same truths.',
    byDefault: ON,
  },
} as const satisfies Record<string, FlagDefinition>;

export type FlagName = keyof typeof FLAGS;

export const FLAG_NAMES = Object.keys(FLAGS) as FlagName[];
