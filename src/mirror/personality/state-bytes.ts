import { DaySums } from '../day-sums.ts';
import { VarintReader, VarintWriter } from '../varint.ts';
import { FEATURES } from './features.ts';
import { emptyMovers } from './movers.ts';
import type { PersonalityState } from './personality-state.ts';
import { TRAITS } from './traits.ts';

/** A day: messages, words, then for each trait score · words in thousandths. */
export const DAY_WIDTH = 2 + TRAITS.length;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

interface Header {
  messages: number;
  words: number;
  otherWords: number;
  fadedWords: number;
  fadedAllWords: number;
  vectors: { model: string; weight: number; messages: number; dimensions: number }[];
  movers: PersonalityState['movers'];
  /** bytes */
  days: number;
}

/** Length of the header (4 bytes), header (JSON, padded), days, then sums as float64, little endian. */
export function writePersonality(state: PersonalityState): Uint8Array {
  const writer = new VarintWriter();
  state.days.write(writer);
  const days = writer.done();
  const { messages, words, otherWords, fadedWords, fadedAllWords, movers } = state;
  const vectors = [...state.vectors].map(([model, { sum, weight, messages: of }]) => {
    return { model, weight, messages: of, dimensions: sum.length };
  });
  const header: Header = {
    ...{ messages, words, otherWords, fadedWords, fadedAllWords, vectors, movers },
    days: days.length,
  };
  const head = encoder.encode(JSON.stringify(header));
  const sums = [sparse(state.counts), ...[...state.vectors.values()].map(({ sum }) => floats(sum))];
  return joined([Uint8Array.from(new Uint8Array(Uint32Array.of(head.length).buffer)), head, days, ...sums]);
}

export function readPersonality(bytes: Uint8Array): PersonalityState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const { days: dayBytes, vectors, ...header } = JSON.parse(decoder.decode(bytes.subarray(4, 4 + length))) as Header;
  const days = new DaySums(DAY_WIDTH);
  let at = 4 + length;
  days.read(new VarintReader(bytes.subarray(at, at + dayBytes)));
  at += dayBytes;
  const counts = new Float64Array(FEATURES);
  const used = view.getUint32(at, true);
  at += 4;
  for (let i = 0; i < used; i++, at += 10) counts[view.getUint16(at, true)] = view.getFloat64(at + 2, true);
  const sums: PersonalityState['vectors'] = new Map();
  for (const { model, weight, messages, dimensions } of vectors) {
    const sum = Float64Array.from({ length: dimensions }, (_, d) => view.getFloat64(at + 8 * d, true));
    at += 8 * dimensions;
    sums.set(model, { sum, weight, messages });
  }
  return { ...header, movers: { ...emptyMovers(), ...header.movers }, counts, vectors: sums, days };
}

/** Most buckets of a person who has written little are empty: number of used ones (4 bytes), then place and value. */
function sparse(counts: Float64Array): Uint8Array {
  const used = [...counts.keys()].filter((i) => counts[i] !== 0);
  const view = new DataView(new ArrayBuffer(4 + 10 * used.length));
  view.setUint32(0, used.length, true);
  for (const [i, place] of used.entries()) {
    view.setUint16(4 + 10 * i, place, true);
    view.setFloat64(6 + 10 * i, counts[place]!, true);
  }
  return new Uint8Array(view.buffer);
}

function floats(values: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  for (const [i, value] of values.entries()) view.setFloat64(8 * i, value, true);
  return new Uint8Array(view.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
