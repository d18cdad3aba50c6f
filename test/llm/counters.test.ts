import { beforeEach, expect, it } from 'vitest';
import { PRICES } from '../../scripts/cost/prices.ts';
import { countSpending } from '../../src/llm/counters.ts';
import { drain } from '../../src/metrics/recorder.ts';

beforeEach(() => void drain());

it('tells in neurons what Workers AI was paid for a text', () => {
  const { dollars, per } = PRICES.neurons; // one price, in the cost model and in the metric
  countSpending({ input: 800, output: 200 }, 2 * dollars, 'workers-ai/@cf/meta/llama-3.1-8b-instruct');
  expect(drain()!.values.workers_ai_neurons_total?.text).toBeCloseTo(2 * per, 6);
});

it('counts no neurons of another provider', () => {
  countSpending({ input: 800, output: 200 }, 0.022, 'anthropic/claude');
  expect(drain()!.values).toEqual({
    llm_tokens_total: { input: 800, output: 200 },
    llm_cost_dollars_total: { '': 0.022 },
  });
});
