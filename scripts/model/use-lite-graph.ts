import { FLOAT, INT32, OnnxGraph } from './onnx-writer.ts';
import { quantiseColumns, quantiseRows } from './quantise.ts';
import {
  type Dense,
  EMBEDDING_WIDTH,
  FEED_FORWARD_WIDTH,
  HEADS,
  HIDDEN_WIDTH,
  type Layer,
  type Norm,
  type UseLiteWeights,
  VOCABULARY_SIZE,
} from './use-lite-weights.ts';

const MAX_TOKENS = 128;
const MICROSOFT = 'com.microsoft';

/**
 * The network as an ONNX file: `ids` int32 [B, T] (T ≤ 128) to `embedding` float32 [B, 512] of unit length.
 * Weights are int8, one scale an output column; activations are quantised by ONNX Runtime, one scale a *tensor*, so a
 * text's vector depends on its batch: run one text at a time.
 *
 * A fresh graph of the same maths, not the 317 published nodes. It has no mask (one text a run needs none) and pools
 * before the last linear layer of the feed-forward, which is exact because a mean commutes with it and saves a sixth.
 */
export function useLiteGraph(weights: UseLiteWeights): Uint8Array {
  const graph = new OnnxGraph();
  const embedded = embed(graph, weights, graph.input('ids', INT32, ['B', 'T']));
  const residual = dense(graph, 'dense', embedded, weights.residual, EMBEDDING_WIDTH, HIDDEN_WIDTH);
  const [first, second] = weights.layers;

  const attended = attend(graph, 'L0', embedded, residual, first);
  const expanded = expand(graph, 'L0', attended, first);
  const contracted = dense(graph, 'L0.f2', expanded, first.contract, FEED_FORWARD_WIDTH, HIDDEN_WIDTH);
  const hidden = graph.op('Add', [contracted, attended]);

  const attendedAgain = attend(graph, 'L1', hidden, hidden, second);
  const pooled = meanOverTokens(graph, expand(graph, 'L1', attendedAgain, second));
  const contractedMean = dense(graph, 'L1.f2', pooled, second.contract, FEED_FORWARD_WIDTH, HIDDEN_WIDTH);
  const sentence = graph.op('Add', [contractedMean, meanOverTokens(graph, attendedAgain)]);

  const head = graph.op('Tanh', [dense(graph, 'tanh', sentence, weights.head, HIDDEN_WIDTH, HIDDEN_WIDTH)]);
  graph.op('LpNormalization', [head], { attributes: { axis: -1, p: 2 }, name: 'embedding' });
  graph.output('embedding', FLOAT, ['B', HIDDEN_WIDTH]);
  return graph.serialise('use-lite-onnx', 'use_lite');
}

/** Table row twice (the published graph really adds it to itself) plus the position signal. */
function embed(graph: OnnxGraph, weights: UseLiteWeights, ids: string): string {
  const table = quantiseRows(weights.embeddings, VOCABULARY_SIZE, EMBEDDING_WIDTH);
  const tableName = graph.weight('emb.q', table.values, [VOCABULARY_SIZE, EMBEDDING_WIDTH]);
  const rows = graph.op('Cast', [graph.op('Gather', [tableName, ids])], { attributes: { to: FLOAT } });
  const rowScales = graph.op('Gather', [graph.weight('emb.s', table.scales, [VOCABULARY_SIZE]), ids]);
  const values = graph.op('Mul', [rows, graph.op('Unsqueeze', [rowScales, graph.integers(-1)])]);

  const tokens = graph.op('Slice', [graph.op('Shape', [ids]), graph.integers(1), graph.integers(2)]);
  const doubled = graph.op('Add', [values, values]);
  const signal = graph.weight('timing', positionSignal(weights.frequencies), [MAX_TOKENS, EMBEDDING_WIDTH]);
  const positions = graph.op('Slice', [signal, graph.integers(0), tokens, graph.integers(0)]);
  return graph.op('Add', [doubled, positions]);
}

/** Row-major [128, 256]: sines of a position in the first half, cosines in the second. */
function positionSignal(frequencies: Float32Array): Float32Array {
  const half = EMBEDDING_WIDTH / 2;
  const signal = new Float32Array(MAX_TOKENS * EMBEDDING_WIDTH);
  for (let position = 0; position < MAX_TOKENS; position++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * frequencies[i]!);
      signal[position * EMBEDDING_WIDTH + i] = Math.sin(angle);
      signal[position * EMBEDDING_WIDTH + half + i] = Math.cos(angle);
    }
  }
  return signal;
}

/** Self-attention over the normalised `input`, added to `residual`. */
function attend(graph: OnnxGraph, name: string, input: string, residual: string, layer: Layer): string {
  const { width } = layer;
  const normed = normalise(graph, `${name}.ln1`, input, layer.attentionNorm, width);
  const scaled = scaleQueries(layer.queryKeyValue, width);
  const queryKeyValue = dense(graph, `${name}.qkv`, normed, scaled, width, 3 * width);
  const parts = graph.split(queryKeyValue, [width, width, width]);
  const attributes = { num_heads: HEADS, scale: { float: 1 } };
  const attention = graph.op('MultiHeadAttention', parts, { attributes, domain: MICROSOFT });
  const output = dense(graph, `${name}.o`, attention, layer.attentionOutput, width, HIDDEN_WIDTH);
  return graph.op('Add', [output, residual]);
}

/** Folds the attention scale 1/√(head width) into the query columns, so that the graph need not multiply. */
function scaleQueries({ weights, bias }: Dense, width: number): Dense {
  const scale = 1 / Math.sqrt(width / HEADS);
  const scaled = { weights: Float32Array.from(weights), bias: Float32Array.from(bias) };
  for (let row = 0; row < width; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * 3 * width + column;
      scaled.weights[at] = scaled.weights[at]! * scale;
    }
  }
  for (let column = 0; column < width; column++) scaled.bias[column] = scaled.bias[column]! * scale;
  return scaled;
}

function expand(graph: OnnxGraph, name: string, input: string, layer: Layer): string {
  const normed = normalise(graph, `${name}.ln2`, input, layer.feedForwardNorm, HIDDEN_WIDTH);
  return graph.op('Relu', [dense(graph, `${name}.f1`, normed, layer.expand, HIDDEN_WIDTH, FEED_FORWARD_WIDTH)]);
}

const meanOverTokens = (graph: OnnxGraph, input: string): string =>
  graph.op('ReduceMean', [input], { attributes: { axes: [1], keepdims: 0 } });

function normalise(graph: OnnxGraph, name: string, input: string, norm: Norm, width: number): string {
  const scale = graph.weight(`${name}.s`, norm.scale, [width]);
  const bias = graph.weight(`${name}.b`, norm.bias, [width]);
  const attributes = { axis: -1, epsilon: { float: 1e-6 } };
  return graph.op('LayerNormalization', [input, scale, bias], { attributes });
}

function dense(graph: OnnxGraph, name: string, input: string, layer: Dense, inputs: number, outputs: number): string {
  const { values, scales } = quantiseColumns(layer.weights, inputs, outputs);
  const operands = [
    input,
    graph.weight(`${name}.q`, values, [inputs, outputs]),
    graph.weight(`${name}.s`, scales, [outputs]),
    graph.weight(`zp${outputs}`, new Int8Array(outputs), [outputs]),
    graph.weight(`${name}.b`, layer.bias, [outputs]),
  ];
  return graph.op('DynamicQuantizeMatMul', operands, { domain: MICROSOFT });
}
