import type { Turn } from '../../src/dialogue/turn.ts';
import type { EmbeddingPort } from '../../src/embedding/embedder.ts';
import type { CalibrationAnswer } from '../../src/mirror/calibration/contract.ts';
import { heldBackAnswer, reportsOf } from '../../src/mirror/calibration-answer.ts';
import { CALIBRATION_REPLIES, calibrate } from '../../src/mirror/prediction/calibrate.ts';
import { type PersonalCalibration, UNCALIBRATED } from '../../src/mirror/prediction/personal-calibration.ts';
import { CONTEXT_TURNS, type ReplyHistory } from '../../src/mirror/prediction/ports.ts';
import {
  type ResponsePrediction as Predicted,
  predictResponse,
  SIMILAR_CONTEXTS,
} from '../../src/mirror/prediction/predict-response.ts';
import { fitAmongOwn, RECALL_FLOOR } from '../../src/mirror/prediction/recall.ts';
import type { ChatAnswer, ResponsePrediction, ResponseQuestion } from '../../src/mirror/replies/contract.ts';
import { byNearness, nearness } from '../../src/mirror/rivals.ts';
import type { Versions } from '../../src/mirror/variants.ts';
import { done, type Outcome } from '../../src/shared/errors.ts';
import type { Stores } from '../stores/stores.ts';
import { PredictionBook } from './prediction-book.ts';
import type { OwnAnswer } from './reply-drafter.ts';
import { recentReplies, replyHistory, turnsOf } from './reply-history.ts';

export interface ReplyDeskPorts {
  stores: Stores;
  embedder: EmbeddingPort;
  scope(): string;
  /** fit of all messages to a text, best first, by row */
  rank(text: string): Promise<Map<number, number>>;
}

/** What calibration has learned about the person is saved under this name, and erased with the consent to prediction. */
export const CALIBRATION = 'calibration';

/** What a prediction is made from, gathered before: making it awaits nothing. */
export interface ReplyScene {
  context: Turn[];
  candidates: Turn[] | null;
  model: string | null;
  history: ReplyHistory;
  /** the last message that is stored: the truth comes after it */
  afterRow: number;
}

/** What the person would reply. */
export class ReplyDesk {
  private readonly ports: ReplyDeskPorts;
  private readonly book: PredictionBook;

  constructor(ports: ReplyDeskPorts) {
    this.ports = ports;
    this.book = new PredictionBook(ports.stores);
  }

  /** Without a model words alone are compared. */
  async scene(
    question: Pick<ResponseQuestion, 'conversation_id'> & Partial<Pick<ResponseQuestion, 'message' | 'candidates'>>,
  ): Promise<ReplyScene> {
    const { stores } = this.ports;
    const { conversation_id: conversationId, message, candidates } = question;
    const last = stores.messages.list({ conversationId, order: 'desc', after: null, limit: CONTEXT_TURNS }).reverse();
    const text = message ?? last.at(-1)?.content;
    const ranked = text === undefined ? new Map<number, number>() : await this.ports.rank(text);
    const given = [...(message === undefined ? [] : [message]), ...(candidates ?? [])];
    const { model, turns } = await this.embedded(given);
    const said = message === undefined ? [] : turns.splice(0, 1);
    return {
      context: [...turnsOf(stores, last, model), ...said],
      candidates: candidates === undefined ? null : turns,
      model,
      history: replyHistory(stores, ranked.keys(), candidates ?? [], model),
      afterRow: stores.messages.lastRow(),
    };
  }

  /** The shown version answers; one in shadow is kept beside it, to be scored by the same reply. */
  predict(scene: ReplyScene, question: ResponseQuestion, versions: Versions<'reply'>, now: number): ResponsePrediction {
    const found = predictResponse(scene, scene.history, this.calibration());
    const options = found.ranked.slice(0, KEPT_OPTIONS);
    const past = scene.history.similarContexts(scene.context, SIMILAR_CONTEXTS);
    const turns = new Map(
      [...(scene.candidates ?? []), ...past.map(({ turn }) => turn)].map((turn) => [turn.text, turn]),
    );
    const near = nearness(
      options.map(({ text }) => ({ text, vector: turns.get(text)?.vector ?? null })),
      past,
    );
    const chances = { 'fit-1': options.map(({ probability }) => probability), 'nearest-1': byNearness(near) };
    const isScored = question.record && options.length > 0;
    const forecast = {
      kind: 'reply' as const,
      subject: question.conversation_id,
      afterRow: scene.afterRow,
      model: scene.model,
      madeAt: now,
      floor: found.floor,
      isBlind: found.abstained !== null && found.abstained !== 'below_floor',
      options: options.map(({ text, sources, timesSaid }, i) => ({
        text,
        messageId: scene.candidates === null ? (sources[0] ?? null) : null,
        frequency: timesSaid,
        nearest: near[i]!,
        vector: turns.get(text)?.vector ?? null,
      })),
    };
    const id = isScored ? this.ports.stores.transaction(() => this.book.keep(forecast, versions, chances)) : null;
    const { shown } = versions;
    return answerOf(found, chances[shown], shown, id, question.top_k);
  }

  /**
   * Where no reply is likely, what the person said in the place most like this one is recalled, if it answers at all.
   * @param fitOf probability that a text is in the person's manner; null: cannot be told
   */
  chat(scene: ReplyScene, fitOf: (text: string) => number | null): OwnAnswer {
    const predicted = predictResponse(scene, scene.history, this.calibration());
    const { answer, confidence, ranked, abstained } = predicted;
    const fit = ranked[0] ? this.fitOf(scene, ranked[0].text) : null;
    const isRecalled = abstained === 'below_floor' && fit !== null && fit >= RECALL_FLOOR;
    const reply = answer?.text ?? (isRecalled ? ranked[0]!.text : null);
    return {
      label: 'mirror',
      generated: false,
      state: answer ? 'predicted' : isRecalled ? 'recalled' : 'insufficient',
      reply,
      reason: isRecalled
        ? 'It is what the user said in a place like this; hardly their very words now.'
        : predicted.reason,
      confidence,
      fit,
      sources: this.sourcesOf(ranked),
      style_fit: reply === null ? null : fitOf(reply),
    };
  }

  private fitOf(scene: ReplyScene, text: string): number | null {
    const past = scene.history.similarContexts(scene.context, SIMILAR_CONTEXTS);
    const turn = past.find((reply) => reply.turn.text === text)?.turn;
    if (!turn) return null;
    const own = recentReplies(this.ports.stores, CALIBRATION_REPLIES, scene.model);
    return fitAmongOwn(scene.context, turn, own, scene.model);
  }

  private sourcesOf(ranked: Predicted['ranked']): ChatAnswer['sources'] {
    return ranked.slice(0, CHAT_SOURCES).flatMap(({ sources, probability }) => {
      const message = sources[0] === undefined ? null : this.ports.stores.messages.find(sources[0], '');
      if (!message) return [];
      const { id: message_id, content, sent_at } = message;
      return [{ message_id, content, timestamp: new Date(sent_at).toISOString(), probability }];
    });
  }

  /** Holds back replies that the person gave, and looks how well they are found. It learns from them too. */
  calibrate(): Outcome<CalibrationAnswer> {
    const { stores } = this.ports;
    const model = stores.memories.lastModel();
    const report = calibrate({ model, replies: recentReplies(stores, CALIBRATION_REPLIES, model) });
    if (report) this.learn(report.sharpness);
    return done({
      state: report ? 'measured' : 'insufficient',
      held_back: report && heldBackAnswer(report),
      replies: reportsOf(stores.predictions.scored('reply')),
      decisions: reportsOf(stores.predictions.scored('decision')),
      open: stores.predictions.openCount(),
    });
  }

  private learn(sharpness: number): void {
    const bytes = new TextEncoder().encode(JSON.stringify({ sharpness }));
    const { stores } = this.ports;
    stores.transaction(() => stores.mirror.save(CALIBRATION, { version: '1', through: 0, bytes }, Date.now()));
  }

  private calibration(): PersonalCalibration {
    const saved = this.ports.stores.mirror.load(CALIBRATION);
    return saved ? { ...UNCALIBRATED, ...JSON.parse(new TextDecoder().decode(saved.bytes)) } : UNCALIBRATED;
  }

  private async embedded(texts: string[]): Promise<{ model: string | null; turns: Turn[] }> {
    // asked even for nothing: the model is then that of the messages
    const answer = await this.ports.embedder.embed(
      texts.length === 0 ? ['.'] : texts,
      undefined,
      this.ports.scope(),
      'query',
    );
    if (!answer.ok) return { model: null, turns: texts.map((text) => ({ text, vector: null })) };
    const { model, dimensions, vectors } = answer.value;
    return {
      model,
      turns: texts.map((text, i) => ({ text, vector: vectors.subarray(i * dimensions, (i + 1) * dimensions) })),
    };
  }
}

/** Options of one prediction that are shown or scored. */
const KEPT_OPTIONS = 50;
/** Past replies that a chat shows beside its own. */
const CHAT_SOURCES = 5;

function answerOf(
  found: Predicted,
  chances: readonly number[],
  version: string,
  id: string | null,
  topK: number,
): ResponsePrediction {
  const candidates = chances
    .map((probability, i) => {
      const { text, sources, timesSaid } = found.ranked[i]!;
      return { text, probability, sources, times_said: timesSaid };
    })
    .toSorted((a, b) => b.probability - a.probability);
  const [best] = candidates;
  const isKnown = best !== undefined && found.abstained !== 'too_little_history' && best.probability >= found.floor;
  return {
    prediction_id: id,
    state: isKnown ? 'predicted' : 'insufficient',
    confidence: best?.probability ?? 0,
    floor: found.floor,
    best: isKnown ? best.text : null,
    reason: found.reason,
    candidates: candidates.slice(0, topK),
    version,
  };
}
