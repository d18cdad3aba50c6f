import {
  type Dense,
  EMBEDDING_WIDTH,
  HEADS,
  HIDDEN_WIDTH,
  type Layer,
  type Norm,
  readUseLiteWeights,
  type UseLiteWeights,
} from '../../scripts/model/use-lite-weights.ts';

/** One row a token. */
type Rows = Float64Array[];

/**
 * The network in plain JavaScript from the published float32 weights, sums in float64: an oracle that shares neither
 * graph, quantisation nor runtime with the product. Slow on purpose.
 * @param ids token ids, 1 to 128
 * @returns the unit vector, 512 components
 */
export function referenceEmbedding(ids: ArrayLike<number>, weights: UseLiteWeights = published()): Float64Array {
  const embedded = Array.from(ids, (id, position) => embed(weights, id, position));
  const [first, second] = weights.layers;
  const hidden = transformer(
    embedded,
    embedded.map((row) => dense(row, weights.residual)),
    first,
  );
  const last = transformer(hidden, hidden, second);
  const sentence = new Float64Array(HIDDEN_WIDTH);
  for (const row of last) for (let d = 0; d < HIDDEN_WIDTH; d++) sentence[d] = sentence[d]! + row[d]! / last.length;
  const head = dense(sentence, weights.head).map(Math.tanh);
  const length = Math.hypot(...head);
  return head.map((value) => value / length);
}

let cached: UseLiteWeights | undefined;
function published(): UseLiteWeights {
  cached ??= readUseLiteWeights();
  return cached;
}

function embed(weights: UseLiteWeights, id: number, position: number): Float64Array {
  const half = EMBEDDING_WIDTH / 2;
  return Float64Array.from({ length: EMBEDDING_WIDTH }, (_, d) => {
    const angle = position * weights.frequencies[d % half]!;
    const signal = d < half ? Math.sin(angle) : Math.cos(angle);
    return 2 * weights.embeddings[id * EMBEDDING_WIDTH + d]! + signal;
  });
}

/** Pre-norm attention on `input`, then pre-norm feed-forward, each added to what came before. */
function transformer(input: Rows, residual: Rows, layer: Layer): Rows {
  const normed = input.map((row) => normalise(row, layer.attentionNorm));
  const attended = attention(normed, layer).map((row, t) => sum(dense(row, layer.attentionOutput), residual[t]!));
  return attended.map((row) => {
    const expanded = dense(normalise(row, layer.feedForwardNorm), layer.expand).map((value) => Math.max(0, value));
    return sum(dense(expanded, layer.contract), row);
  });
}

function attention(rows: Rows, layer: Layer): Rows {
  const { width } = layer;
  const headWidth = width / HEADS;
  const mixed = rows.map((row) => dense(row, layer.queryKeyValue));
  return mixed.map((query) => {
    const result = new Float64Array(width);
    for (let start = 0; start < width; start += headWidth) {
      const scores = mixed.map((key) => {
        let score = 0;
        for (let d = start; d < start + headWidth; d++) score += query[d]! * key[width + d]!;
        return Math.exp(score / Math.sqrt(headWidth));
      });
      const total = scores.reduce((a, b) => a + b, 0);
      for (const [t, score] of scores.entries()) {
        for (let d = start; d < start + headWidth; d++) {
          result[d] = result[d]! + (score / total) * mixed[t]![2 * width + d]!;
        }
      }
    }
    return result;
  });
}

function dense(row: Float64Array, { weights, bias }: Dense): Float64Array {
  const result = Float64Array.from(bias);
  for (const [i, value] of row.entries()) {
    for (let j = 0; j < result.length; j++) result[j] = result[j]! + value * weights[i * result.length + j]!;
  }
  return result;
}

function normalise(row: Float64Array, { scale, bias }: Norm): Float64Array {
  const mean = row.reduce((a, b) => a + b, 0) / row.length;
  const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
  return row.map((value, d) => ((value - mean) / Math.sqrt(variance + 1e-6)) * scale[d]! + bias[d]!);
}

const sum = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, d) => value + b[d]!);
