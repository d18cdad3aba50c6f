import type { Turn } from '../../src/dialogue/turn.ts';
import { scorePrediction } from '../../src/mirror/prediction/score-prediction.ts';
import { newUlid } from '../../src/shared/ids.ts';
import type { Heard } from '../stores/mirror-store.ts';
import type { NewPrediction, OpenPrediction, PredictedOption } from '../stores/prediction-store.ts';
import type { Stores } from '../stores/stores.ts';

/** What is kept of a prediction, whichever version made it. */
export interface Forecast extends Pick<NewPrediction, 'kind' | 'subject' | 'afterRow' | 'model' | 'madeAt'> {
  options: Omit<PredictedOption, 'probability'>[];
  floor: number;
  /** nothing is claimed, whatever the probabilities */
  isBlind: boolean;
}

/** Predictions, and how they turned out. Methods are to be called within a transaction. */
export class PredictionBook {
  private readonly stores: Stores;

  constructor(stores: Stores) {
    this.stores = stores;
  }

  /**
   * Writes down what each version says, to be scored by the same truth.
   *
   * @param chances of each version, in the order of the options
   * @returns the id they share
   */
  keep<V extends string>(
    forecast: Forecast,
    versions: { shown: V; shadow: V | null },
    chances: Readonly<Record<V, readonly number[]>>,
  ): string {
    const { options, floor, isBlind, ...about } = forecast;
    const id = newUlid(forecast.madeAt);
    for (const version of [versions.shown, versions.shadow]) {
      if (version === null) continue;
      const ranked = options
        .map((option, i) => ({ ...option, probability: chances[version][i]! }))
        .toSorted((a, b) => b.probability - a.probability);
      const confidence = ranked[0]?.probability ?? 0;
      this.stores.predictions.add({
        ...about,
        id,
        version,
        isShown: version === versions.shown,
        options: ranked,
        confidence,
        isAbstained: isBlind || confidence < floor,
      });
    }
    return id;
  }

  /**
   * The person's next message of a conversation is the truth about what they would reply there.
   * @returns whether it was about any
   */
  heard(messages: readonly Heard[], now: number): boolean {
    const { predictions } = this.stores;
    if (messages.length === 0 || !predictions.hasOpen('reply')) return false;
    let any = false;
    for (const { row, utterance } of messages) {
      if (!utterance) continue;
      const { content: text, vector, model, conversationId } = utterance;
      for (const prediction of predictions.openAbout('reply', conversationId, row)) {
        this.score(prediction, { text, vector: model === prediction.model ? vector : null }, now);
        any = true;
      }
    }
    return any;
  }

  /** A choice is the truth about the predictions that were made of a decision, shown and in shadow. */
  chosen(decisionId: string, choice: string, now: number): void {
    for (const prediction of this.stores.predictions.openAbout('decision', decisionId, Number.MAX_SAFE_INTEGER)) {
      this.score(prediction, { text: choice, vector: null }, now);
    }
  }

  private score(prediction: OpenPrediction, truth: Turn, now: number): void {
    const { options, confidence, isAbstained } = prediction;
    const vectors = options.map(({ vector }) => vector);
    const score = scorePrediction({ ranked: options, confidence, isAbstained }, truth, vectors);
    const place = score.rank === null ? -1 : score.rank - 1;
    const isBest = (values: number[]) => place >= 0 && values[place]! > 0 && values[place] === Math.max(...values);
    const hits = {
      frequencyHit: isBest(options.map(({ frequency }) => frequency)),
      nearestHit: isBest(options.map(({ nearest }) => nearest)),
    };
    this.stores.predictions.score(prediction.row, score, hits, now);
  }
}
