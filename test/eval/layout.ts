import { UMAP } from 'umap-js';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { categorise, categoryVectors, prototypeTexts } from '../../src/palace/categorise.ts';
import { embeddingText } from '../../src/palace/embedding-text.ts';
import { planRoom, ROOM_CAPACITY } from '../../src/palace/layouts.ts';
import { placeInRoom } from '../../src/palace/placement.ts';
import type { Category } from '../../src/palace/rooms/contract.ts';
import { Shelf } from '../../src/palace/shelf.ts';
import { type NeighbourGraph, NO_ROW } from '../../src/spatial/layout/neighbour-graph.ts';
import { principalAxes, projectOn } from '../../src/spatial/layout/pca.ts';
import { LAYOUT_NEIGHBOURS, umapLayout } from '../../src/spatial/layout/umap.ts';
import { quantize } from '../../src/spatial/quantize.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from '../bench/report.ts';
import type { Sample } from './dataset.ts';

const K = 10;
const BATCH = 16;

/** Numbers of one conversation: vectors row-major [n, dimensions], places row-major [n, 3]. */
interface Cloud {
  vectors: Float32Array[];
  texts: string[];
}

/**
 * How well places keep what is near in meaning near in space, as in Venna & Kaski 2001 (k = 10), mean over the
 * conversations: our layout, where each memory is placed once and never moved, and our re-layout, which sees all of them
 * at once, beside umap-js to three dimensions, principal components, and places drawn at random.
 */
export async function layoutSuite(samples: readonly Sample[], embedder: Embedder, report: Report): Promise<void> {
  const prototypes = categoryVectors(await embedAll(embedder, prototypeTexts()), embedder.dimensions);
  const sums = new Map<string, number>();
  for (const sample of samples) {
    const cloud = await cloudOf(sample, embedder);
    const layouts: Record<string, number[][]> = {
      ours: ourLayout(cloud, (text, vector) => categorise(text, vector, prototypes)),
      umap: new UMAP({
        nComponents: 3,
        nNeighbors: 15,
        minDist: 0.1,
        random: seeded(7),
        distanceFn: cosineDistance,
      }).fit(cloud.vectors.map((vector) => [...vector])),
      relayout: relayout(cloud.vectors),
      pca: inThrees(principalComponents(cloud.vectors)),
      random: randomLayout(cloud.vectors.length),
    };
    for (const [name, places] of Object.entries(layouts)) {
      const { trustworthiness, continuity } = faithfulness(cloud.vectors, places);
      sums.set(`trustworthiness/${name}`, (sums.get(`trustworthiness/${name}`) ?? 0) + trustworthiness);
      sums.set(`continuity/${name}`, (sums.get(`continuity/${name}`) ?? 0) + continuity);
    }
  }
  for (const [metric, sum] of [...sums].sort()) {
    const name = metric.split('/')[0]!;
    report({
      metric,
      value: sum / samples.length,
      unit: 'share',
      n: samples.length,
      baseline: /\/(ours|relayout)$/.test(metric) ? sums.get(`${name}/umap`)! / samples.length : null,
    });
  }
}

async function embedAll(embedder: Embedder, texts: readonly string[]): Promise<Float32Array> {
  const out = new Float32Array(texts.length * embedder.dimensions);
  for (let i = 0; i < texts.length; i += BATCH) {
    out.set(await embedder.embed(texts.slice(i, i + BATCH)), i * embedder.dimensions);
  }
  return out;
}

async function cloudOf(sample: Sample, embedder: Embedder): Promise<Cloud> {
  const messages = sample.messages.map(({ content, speaker }) => ({ content, speaker: speaker ?? null }));
  const flat = await embedAll(embedder, messages.map(embeddingText));
  const { dimensions } = embedder;
  return {
    vectors: messages.map((_, i) => flat.slice(i * dimensions, (i + 1) * dimensions)),
    texts: messages.map(({ content }) => content),
  };
}

/** What the object does with messages that arrive one by one, without the object. */
function ourLayout({ vectors, texts }: Cloud, category: (text: string, vector: Float32Array) => Category): number[][] {
  const wings = new Map<Category, Shelf[]>();
  return vectors.map((vector, row) => {
    const theme = category(texts[row]!, vector);
    const shelves = wings.get(theme) ?? [];
    wings.set(theme, shelves);
    const shelf = shelves.find(({ size }) => size < ROOM_CAPACITY) ?? new Shelf(vector.length);
    if (!shelves.includes(shelf)) shelves.push(shelf);
    const { bounds } = planRoom('mansion', theme, shelves.indexOf(shelf));
    const place = placeInRoom(vector, shelf, bounds);
    const { bytes, scale } = quantize(vector);
    shelf.add(row, bytes, scale, place);
    return [...place];
  });
}

/** What the GPU origin answers to a re-layout. */
function relayout(vectors: readonly Float32Array[]): number[][] {
  return inThrees(umapLayout(nearestRows(vectors, LAYOUT_NEIGHBOURS), flat(vectors))!);
}

function principalComponents(vectors: readonly Float32Array[]): Float64Array {
  const rows = flat(vectors);
  return projectOn(principalAxes(rows, vectors[0]!.length), rows);
}

function flat(vectors: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(vectors.length * vectors[0]!.length);
  for (const [i, vector] of vectors.entries()) out.set(vector, i * vector.length);
  return out;
}

const inThrees = (flatPlaces: Float64Array): number[][] =>
  Array.from({ length: flatPlaces.length / 3 }, (_, i) => [...flatPlaces.subarray(3 * i, 3 * i + 3)]);

/** By brute force. */
function nearestRows(vectors: readonly Float32Array[], k: number): NeighbourGraph {
  const size = vectors.length;
  const graph = { size, k, rows: new Uint32Array(size * k).fill(NO_ROW), distances: new Float32Array(size * k) };
  for (const [i, vector] of vectors.entries()) {
    const others = vectors.flatMap((other, j) =>
      j === i ? [] : [{ j, d: Math.max(0, cosineDistance(vector, other)) }],
    );
    others.sort((a, b) => a.d - b.d || a.j - b.j);
    for (const [at, { j, d }] of others.slice(0, k).entries()) {
      graph.rows[i * k + at] = j;
      graph.distances[i * k + at] = d;
    }
  }
  return graph;
}

function randomLayout(count: number): number[][] {
  const random = seeded(1);
  return Array.from({ length: count }, () => [random(), random(), random()]);
}

/**
 * Trustworthiness falls with intruders among the k nearest in space, continuity with those of the k nearest in meaning
 * that are far in space; both are 1 for a perfect layout and about 0.5 for a random one.
 */
function faithfulness(vectors: readonly Float32Array[], places: readonly (readonly number[])[]) {
  const n = vectors.length;
  let [intruders, missing] = [0, 0];
  for (let i = 0; i < n; i++) {
    const byMeaning = ranks(n, i, (j) => cosineDistance(vectors[i]!, vectors[j]!));
    const bySpace = ranks(n, i, (j) => distance(places[i]!, places[j]!));
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      if (bySpace[j]! <= K && byMeaning[j]! > K) intruders += byMeaning[j]! - K;
      if (byMeaning[j]! <= K && bySpace[j]! > K) missing += bySpace[j]! - K;
    }
  }
  const unit = 2 / (n * K * (2 * n - 3 * K - 1));
  return { trustworthiness: 1 - unit * intruders, continuity: 1 - unit * missing };
}

/** 1 for the nearest other, 2 for the next …; ties by number. */
function ranks(n: number, i: number, distanceTo: (j: number) => number): Int32Array {
  const distances = Float64Array.from({ length: n }, (_, j) => (j === i ? -1 : distanceTo(j)));
  const order = Uint32Array.from({ length: n }, (_, j) => j).sort((a, b) => distances[a]! - distances[b]! || a - b);
  const out = new Int32Array(n);
  for (let rank = 0; rank < n; rank++) out[order[rank]!] = rank;
  return out;
}

function cosineDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return 1 - sum;
}

const distance = (a: readonly number[], b: readonly number[]) =>
  Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);
