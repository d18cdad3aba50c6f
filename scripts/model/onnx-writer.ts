/**
 * Writes ONNX files: the few protobuf fields a graph needs, and nothing else.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 for the field numbers
 */

type TensorData = Float32Array | Int8Array | Int32Array | BigInt64Array;
type Dimension = number | string;

/** An integer, a list of integers, or `{ float }`: ONNX keeps 1 and 1.0 apart and JavaScript does not. */
type Attribute = number | number[] | { float: number };

export const FLOAT = 1;
const INT8 = 3;
export const INT32 = 6;
const INT64 = 7;

const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

const OPSET = 17;
const IR_VERSION = 8;

const encoder = new TextEncoder();

function concat(parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Base-128, low bits first; a negative number takes ten bytes, as protobuf's int64 does. */
function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest ? low | 128 : low);
  } while (rest);
  return Uint8Array.from(bytes);
}

const integerField = (field: number, value: number) => concat([varint(field << 3), varint(value)]);

function bytesField(field: number, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === 'string' ? encoder.encode(value) : value;
  return concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = (field << 3) | 5;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return bytes;
}

function elementType(data: TensorData): number {
  if (data instanceof Float32Array) return FLOAT;
  if (data instanceof Int8Array) return INT8;
  return data instanceof Int32Array ? INT32 : INT64;
}

function attributeProto(name: string, value: Attribute): Uint8Array {
  const typed =
    typeof value === 'number'
      ? [integerField(3, value), integerField(20, ATTRIBUTE_INT)]
      : Array.isArray(value)
        ? [...value.map((item) => integerField(8, item)), integerField(20, ATTRIBUTE_INTS)]
        : [floatField(2, value.float), integerField(20, ATTRIBUTE_FLOAT)];
  return bytesField(5, concat([bytesField(1, name), ...typed]));
}

/** A named dimension is free; a number is fixed. */
function valueInfo(field: number, name: string, type: number, dimensions: Dimension[]): Uint8Array {
  const shape = dimensions.map((dimension) =>
    bytesField(1, typeof dimension === 'number' ? integerField(1, dimension) : bytesField(2, dimension)),
  );
  const tensor = concat([integerField(1, type), bytesField(2, concat(shape))]);
  return bytesField(field, concat([bytesField(1, name), bytesField(2, bytesField(1, tensor))]));
}

interface OpOptions {
  attributes?: Record<string, Attribute>;
  /** operator set, the standard one unless said */
  domain?: string;
  /** name of the node and of its output; numbered unless said */
  name?: string;
}

/** Collects nodes and weights. Values are referred to by their names; the same calls always give the same bytes. */
export class OnnxGraph {
  private readonly nodes: Uint8Array[] = [];
  private readonly weights = new Map<string, Uint8Array>();
  private readonly inputs: Uint8Array[] = [];
  private readonly outputs: Uint8Array[] = [];
  private numbered = 0;

  input(name: string, type: number, dimensions: Dimension[]): string {
    this.inputs.push(valueInfo(11, name, type, dimensions));
    return name;
  }

  output(name: string, type: number, dimensions: Dimension[]): void {
    this.outputs.push(valueInfo(12, name, type, dimensions));
  }

  /** A constant, row-major. Asking for the same name again gives the first one. */
  weight(name: string, data: TensorData, dimensions: number[]): string {
    if (!this.weights.has(name)) {
      const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const fields = [integerField(2, elementType(data)), bytesField(8, name), bytesField(9, raw)];
      const shape = dimensions.map((dimension) => integerField(1, dimension));
      this.weights.set(name, bytesField(5, concat([...shape, ...fields])));
    }
    return name;
  }

  /** A constant list of whole numbers, as shapes and axes are given. */
  integers(...values: number[]): string {
    const name = `i64_${values.join('_').replaceAll('-', 'm')}`;
    return this.weight(name, BigInt64Array.from(values.map(BigInt)), [values.length]);
  }

  op(type: string, inputs: string[], options: OpOptions = {}): string {
    const name = options.name ?? this.nextName(type);
    this.addNode(type, inputs, name, [name], options);
    return name;
  }

  /** Splits the last axis into as many equal parts as there are `sizes`. */
  split(input: string, sizes: number[]): string[] {
    const name = this.nextName('Split');
    const parts = sizes.map((_, part) => `${name}_o${part}`);
    this.addNode('Split', [input, this.integers(...sizes)], name, parts, { attributes: { axis: -1 } });
    return parts;
  }

  serialise(producer: string, graphName: string): Uint8Array {
    const graph = concat([
      ...this.nodes,
      bytesField(2, graphName),
      ...this.weights.values(),
      ...this.inputs,
      ...this.outputs,
    ]);
    const opset = (domain: string, version: number) =>
      bytesField(8, concat([bytesField(1, domain), integerField(2, version)]));
    return concat([
      integerField(1, IR_VERSION),
      bytesField(2, producer),
      bytesField(7, graph),
      opset('', OPSET),
      opset('com.microsoft', 1),
    ]);
  }

  private nextName(type: string): string {
    return `${type}_${this.numbered++}`;
  }

  private addNode(type: string, inputs: string[], name: string, outputs: string[], options: OpOptions): void {
    const fields = [
      ...inputs.map((input) => bytesField(1, input)),
      ...outputs.map((output) => bytesField(2, output)),
      bytesField(3, name),
      bytesField(4, type),
      ...Object.entries(options.attributes ?? {}).map(([key, value]) => attributeProto(key, value)),
    ];
    if (options.domain !== undefined) fields.push(bytesField(7, options.domain));
    this.nodes.push(bytesField(1, concat(fields)));
  }
}
