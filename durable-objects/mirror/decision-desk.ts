import type { EmbeddingPort } from '../../src/embedding/embedder.ts';
import {
  DECISION_LIMITS,
  type DecisionPage,
  type DecisionPatch,
  type DecisionQuestion,
  type DecisionView,
  type NewDecision,
} from '../../src/mirror/decisions/contract.ts';
import { predictDecision } from '../../src/mirror/prediction/decisions.ts';
import type { Decision as PastDecision } from '../../src/mirror/prediction/ports.ts';
import type { DecisionPrediction } from '../../src/mirror/replies/contract.ts';
import { byFrequency, nearestChoice, timesChosen } from '../../src/mirror/rivals.ts';
import type { Versions } from '../../src/mirror/variants.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { BAD_CURSOR, decodeCursor, encodeCursor, pageOf } from '../../src/shared/page.ts';
import { dequantize, quantize } from '../../src/spatial/quantize.ts';
import type { DecisionRecord, NewDecisionRecord } from '../stores/decision-store.ts';
import type { Stores } from '../stores/stores.ts';
import { PredictionBook } from './prediction-book.ts';

const NO_DECISION = refused('not_found', 'No such decision.');
const NO_PREDICTION = refused('not_found', 'No such prediction waits for its choice.');
const NO_OPTION = refused('conflict', 'The choice is not one of the options of this decision.');

/** What the person decided, and how it turned out. */
export class DecisionDesk {
  private readonly stores: Stores;
  private readonly book: PredictionBook;

  constructor(stores: Stores) {
    this.stores = stores;
    this.book = new PredictionBook(stores);
  }

  /** @param embedded of the context; null: no model answered, and its words alone are compared */
  record(decision: NewDecision, embedded: NewDecisionRecord['embedded'], now: number): Outcome<DecisionView> {
    const { decisions, predictions } = this.stores;
    if (decisions.count() >= DECISION_LIMITS.decisions) {
      return refused('conflict', `A user has at most ${DECISION_LIMITS.decisions} decisions.`);
    }
    const { context, options, choice, outcome, decided_at, prediction_id } = decision;
    if (prediction_id !== undefined && !predictions.isOpen(prediction_id, 'decision')) return NO_PREDICTION;
    const id = newUlid(now);
    return this.stores.transaction(() => {
      decisions.add({
        id,
        context,
        options,
        choice: choice === undefined ? null : options.indexOf(choice),
        outcome: outcome ?? null,
        decidedAt: decided_at === undefined ? now : Date.parse(decided_at),
        createdAt: now,
        embedded,
      });
      if (prediction_id !== undefined) predictions.tie(prediction_id, id);
      if (choice !== undefined) this.book.chosen(id, choice, now);
      return done(viewOf(decisions.find(id)!));
    });
  }

  patch(id: string, patch: DecisionPatch, now: number): Outcome<DecisionView> {
    const { decisions } = this.stores;
    const decision = decisions.find(id);
    if (!decision) return NO_DECISION;
    const choice = patch.choice === undefined ? decision.choice : decision.options.indexOf(patch.choice);
    if (choice === -1) return NO_OPTION;
    return this.stores.transaction(() => {
      decisions.update(id, choice, patch.outcome === undefined ? decision.outcome : patch.outcome);
      if (patch.choice !== undefined) this.book.chosen(id, patch.choice, now);
      return done(viewOf(decisions.find(id)!));
    });
  }

  /** The shown version answers; one in shadow is kept beside it, to be scored by the same choice. */
  predict(
    { context, options }: DecisionQuestion,
    embedded: NewDecisionRecord['embedded'],
    versions: Versions<'decision'>,
    now: number,
  ): Outcome<DecisionPrediction> {
    const past = this.past();
    const vector = embedded && dequantize(embedded.bytes, embedded.scale);
    const model = embedded?.model ?? null;
    const found = predictDecision({ context, vector, model, options, now }, past);
    const counts = timesChosen(options, past);
    const rival = byFrequency(counts);
    const likely = (option: string) =>
      found.ranked.find((ranked) => ranked.option === option)?.probability ?? 1 / options.length;
    const probabilities = { 'alike-1': options.map(likely), 'frequent-1': rival };
    const { shown } = versions;
    const nearest = nearestChoice(options, vector, past);
    const forecast = {
      kind: 'decision' as const,
      subject: '',
      afterRow: 0,
      model: null,
      madeAt: now,
      floor: found.floor,
      isBlind: past.length === 0,
      options: options.map((text, i) => ({
        text,
        messageId: null,
        frequency: counts[i]!,
        nearest: nearest[i]!,
        vector: null,
      })),
    };
    const id = this.stores.transaction(() => this.book.keep(forecast, versions, probabilities));
    const isAlike = shown === 'alike-1';
    const ranked = options
      .map((option, i) => ({
        option,
        probability: probabilities[shown][i]!,
        sources: isAlike ? (found.ranked.find((one) => one.option === option)?.sources ?? []) : [],
      }))
      .toSorted((a, b) => b.probability - a.probability);
    const isKnown = isAlike ? found.answer !== null : ranked[0]!.probability >= found.floor;
    return done({
      prediction_id: id,
      state: isKnown ? 'predicted' : 'insufficient',
      confidence: ranked[0]!.probability,
      floor: found.floor,
      best: isKnown ? ranked[0]!.option : null,
      reason: isAlike ? found.reason : 'By how often each was chosen before.',
      options: ranked,
      version: shown,
    });
  }

  /** Decisions whose choice is known. */
  private past(): PastDecision[] {
    return this.stores.decisions.list(null, DECISION_LIMITS.decisions).flatMap((decision) => {
      const choice = decision.choice === null ? undefined : decision.options[decision.choice];
      return choice === undefined ? [] : [{ ...decision, choice }];
    });
  }

  list(limit: number, cursor: string | undefined): Outcome<DecisionPage> {
    const before = cursor === undefined ? null : decodeCursor(cursor, 1);
    if (cursor !== undefined && !before) return BAD_CURSOR;
    const rows = this.stores.decisions.list(before?.[0] ?? null, limit + 1);
    const page = pageOf(rows, limit, (last) => encodeCursor([last.row]));
    return done({ items: page.items.map(viewOf), next: page.next });
  }
}

/** The context's vector as it is stored; null if no model answers. */
export async function embedContext(
  text: string,
  embedder: EmbeddingPort,
  scope: string,
): Promise<NewDecisionRecord['embedded']> {
  const answer = await embedder.embed([text], undefined, scope);
  if (!answer.ok) return null;
  const { model, vectors } = answer.value;
  return { model, ...quantize(vectors) };
}

function viewOf({ id, context, options, choice, outcome, decidedAt, createdAt }: DecisionRecord): DecisionView {
  return {
    id,
    context,
    options,
    choice: choice === null ? null : (options[choice] ?? null),
    outcome,
    decided_at: new Date(decidedAt).toISOString(),
    created_at: new Date(createdAt).toISOString(),
  };
}
