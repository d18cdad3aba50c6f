import type { BreakerState } from '../shared/breaker.ts';
import type { FailureKind, Usage } from './text-model.ts';

/** Upper bounds of the buckets of latency, in seconds. */
export const LATENCY_BOUNDS = [0.005, 0.05, 0.25, 0.5, 1, 2, 5, 10, 30] as const;

/** One figure as a scrape reads it: a counter, but for `breaker_open`, which is 1 while it is open, 0.5 half-open. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

export type AnswerSource = 'l1' | 'kv' | 'joined' | 'model';

/** What the text model has done in this isolate. It only grows; who exports it sends what has come since the last time. */
export class TextCounters {
  private readonly values = new Map<string, Sample>();

  /** An answer was given, from a cache, together with another, or by the model. */
  answered(template: string, source: AnswerSource, ms: number): void {
    this.add('text_model_requests_total', { template, source });
    this.add('text_model_duration_seconds_sum', { source }, ms / 1000);
    for (const bound of LATENCY_BOUNDS) {
      if (ms <= bound * 1000) this.add('text_model_duration_seconds_bucket', { source, le: String(bound) });
    }
    this.add('text_model_duration_seconds_bucket', { source, le: '+Inf' });
  }

  /** None was given: the path without a model is taken. */
  refused(template: string, reason: FailureKind | 'budget' | 'leak' | 'shape'): void {
    this.add('text_model_refusals_total', { template, reason });
  }

  /** A request went out. */
  called(): void {
    this.add('text_model_upstream_total', {});
  }

  failed(kind: FailureKind): void {
    this.add('text_model_upstream_failures_total', { kind });
  }

  repaired(template: string): void {
    this.add('text_model_repairs_total', { template });
  }

  spent({ input, output }: Usage, dollars: number): void {
    this.add('text_model_tokens_total', { direction: 'in' }, input);
    this.add('text_model_tokens_total', { direction: 'out' }, output);
    this.add('text_model_dollars_total', {}, dollars);
  }

  breaker(state: BreakerState): void {
    const value = { closed: 0, 'half-open': 0.5, open: 1 }[state];
    this.values.set('breaker', { name: 'text_model_breaker_open', labels: {}, value });
  }

  snapshot(): Sample[] {
    return [...this.values.values()].map((sample) => ({ ...sample }));
  }

  private add(name: string, labels: Record<string, string>, by = 1): void {
    const key = JSON.stringify([name, labels]);
    const before = this.values.get(key)?.value ?? 0;
    this.values.set(key, { name, labels, value: before + by });
  }
}
