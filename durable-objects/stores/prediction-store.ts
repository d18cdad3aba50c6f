import type { PredictionScore } from '../../src/mirror/prediction/score-prediction.ts';
import { quantize } from '../../src/spatial/quantize.ts';

/** Predictions that are kept, scored or not, for the accuracy report; the oldest go first. */
export const KEPT_PREDICTIONS = 10_000;
/** So many more may be there for a while. */
const TRIM_EVERY = 500;

export type PredictionKind = 'reply' | 'decision';

/** One option of a prediction, until it is scored. */
export interface PredictedOption {
  text: string;
  /** of the message it was taken from; null: it was given */
  messageId: string | null;
  probability: number;
  /** what baselines rank it by: how often it came before, and how near it is to what came in the likest place */
  frequency: number;
  nearest: number;
  /** unit length; null: not embedded */
  vector: Float32Array | null;
}

export interface NewPrediction {
  id: string;
  /** of the rules that made it */
  version: string;
  /** false: made in shadow, beside the one that was shown */
  isShown: boolean;
  kind: PredictionKind;
  /** reply: the conversation; decision: the id of a decision, or empty while there is none */
  subject: string;
  /** the truth comes after this message */
  afterRow: number;
  /** best first */
  options: PredictedOption[];
  /** of the vectors */
  model: string | null;
  confidence: number;
  isAbstained: boolean;
  /** epoch ms */
  madeAt: number;
}

export interface OpenPrediction extends NewPrediction {
  row: number;
}

export interface ScoredPrediction {
  version: string;
  isShown: boolean;
  shown: { confidence: number; isAbstained: boolean };
  score: PredictionScore;
  frequencyHit: boolean;
  nearestHit: boolean;
}

type Row = {
  row: number;
  id: string;
  version: string;
  is_shown: number;
  kind: string;
  subject: string;
  after_row: number;
  options: string;
  model: string | null;
  vectors: ArrayBuffer | null;
  confidence: number;
  abstained: number;
  made_at: number;
  is_hit: number;
  rank: number | null;
  probability: number;
  chance: number;
  frequency_hit: number;
  nearest_hit: number;
};

type StoredOption = Omit<PredictedOption, 'vector'> & { scale: number | null };

const OPEN = 'scored_at IS NULL';

/** Every statement about `prediction`. */
export function predictionStore(sql: SqlStorage) {
  const trim = () =>
    void sql.exec('DELETE FROM prediction WHERE row <= (SELECT MAX(row) FROM prediction) - ?', KEPT_PREDICTIONS);
  return {
    add(made: NewPrediction): void {
      const { options, vectors } = packed(made.options);
      const { row } = sql
        .exec<{ row: number }>(
          `INSERT INTO prediction (id, version, is_shown, kind, subject, after_row, options, model, vectors, confidence,
           abstained, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING row`,
          made.id,
          made.version,
          made.isShown ? 1 : 0,
          made.kind,
          made.subject,
          made.afterRow,
          JSON.stringify(options),
          made.model,
          vectors,
          made.confidence,
          made.isAbstained ? 1 : 0,
          made.madeAt,
        )
        .one();
      if (row % TRIM_EVERY === 0) trim();
    },
    /** Not scored yet, about one thing, and made before a message. */
    openAbout: (kind: PredictionKind, subject: string, beforeRow: number): OpenPrediction[] =>
      sql
        .exec<Row>(
          `SELECT * FROM prediction WHERE ${OPEN} AND kind = ? AND subject = ? AND after_row < ?`,
          kind,
          subject,
          beforeRow,
        )
        .toArray()
        .map(fromRow),
    hasOpen: (kind: PredictionKind): boolean =>
      sql.exec(`SELECT 1 FROM prediction WHERE ${OPEN} AND kind = ? LIMIT 1`, kind).toArray().length > 0,
    isOpen: (id: string, kind: PredictionKind): boolean =>
      sql.exec(`SELECT 1 FROM prediction WHERE ${OPEN} AND id = ? AND kind = ?`, id, kind).toArray().length > 0,
    /** Ties a prediction to the decision it turned out to be about. */
    tie: (id: string, subject: string) =>
      void sql.exec(`UPDATE prediction SET subject = ? WHERE id = ? AND kind = 'decision' AND ${OPEN}`, subject, id),
    /** Keeps what came of it, and forgets what the options were. */
    score: (row: number, score: PredictionScore, hits: { frequencyHit: boolean; nearestHit: boolean }, now: number) =>
      void sql.exec(
        `UPDATE prediction SET scored_at = ?, is_hit = ?, rank = ?, probability = ?, chance = ?, frequency_hit = ?,
           nearest_hit = ?, options = '[]', vectors = NULL WHERE row = ?`,
        now,
        score.isHit ? 1 : 0,
        score.rank,
        score.probability,
        score.chance,
        hits.frequencyHit ? 1 : 0,
        hits.nearestHit ? 1 : 0,
        row,
      ),
    scored: (kind: PredictionKind): ScoredPrediction[] =>
      sql
        .exec<Row>('SELECT * FROM prediction WHERE scored_at IS NOT NULL AND kind = ? ORDER BY row', kind)
        .toArray()
        .map(scoredOf),
    openCount: (): number => sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM prediction WHERE ${OPEN}`).one().n,
    /** Forgets open predictions that quote a message. */
    forgetSource: (messageId: string) =>
      void sql.exec(
        `DELETE FROM prediction WHERE ${OPEN} AND EXISTS (
           SELECT 1 FROM json_each(options) WHERE json_extract(value, '$.messageId') = ?)`,
        messageId,
      ),
    eraseAll: () => void sql.exec('DELETE FROM prediction'),
  };
}

/** Vectors count only where all options have one: then they stand in one block. */
function packed(options: readonly PredictedOption[]): { options: StoredOption[]; vectors: ArrayBuffer | null } {
  const all = options.flatMap(({ vector }) => (vector ? [quantize(vector)] : []));
  const isWhole = options.length > 0 && all.length === options.length;
  const stored = options.map(({ vector: _vector, ...option }, i) => ({
    ...option,
    scale: isWhole ? all[i]!.scale : null,
  }));
  if (!isWhole) return { options: stored, vectors: null };
  const width = all[0]!.bytes.length;
  const block = new Int8Array(width * all.length);
  for (const [i, { bytes }] of all.entries()) block.set(bytes, i * width);
  return { options: stored, vectors: block.buffer };
}

function fromRow(row: Row): OpenPrediction {
  const options = JSON.parse(row.options) as StoredOption[];
  const block = row.vectors && new Int8Array(row.vectors);
  const width = block ? block.length / options.length : 0;
  return {
    row: row.row,
    id: row.id,
    version: row.version,
    isShown: row.is_shown === 1,
    kind: row.kind as PredictionKind,
    subject: row.subject,
    afterRow: row.after_row,
    options: options.map(({ scale, ...option }, i) => ({
      ...option,
      vector:
        block && scale !== null
          ? Float32Array.from(block.subarray(i * width, (i + 1) * width), (component) => component * scale)
          : null,
    })),
    model: row.model,
    confidence: row.confidence,
    isAbstained: row.abstained === 1,
    madeAt: row.made_at,
  };
}

function scoredOf(row: Row): ScoredPrediction {
  const isHit = row.is_hit === 1;
  return {
    version: row.version,
    isShown: row.is_shown === 1,
    shown: { confidence: row.confidence, isAbstained: row.abstained === 1 },
    score: {
      isHit,
      rank: row.rank,
      probability: row.probability,
      brier: (row.confidence - Number(isHit)) ** 2,
      chance: row.chance,
    },
    frequencyHit: row.frequency_hit === 1,
    nearestHit: row.nearest_hit === 1,
  };
}
