import { BucketTree } from '../../src/spatial/bucket-tree.ts';
import { type CubeTimes, timeCube } from './cube.ts';
import { percentile } from './load-client.ts';
import { RBush } from './rbush.ts';
import type { Report } from './report.ts';
import { near, palaceData, type SpatialData } from './spatial-data.ts';
import { reportHttp } from './spatial-http.ts';
import { timeWake } from './wake.ts';

const COUNT = 100_000;
const QUERIES = 1000;
const K = 10;
const ROUNDS = 9;
const WARM_UP_ROUNDS = 3;
const CHANGES = 20_000;
const GROWTH_RUNS = 5;
const CUBE_PASSES = 3;
const WAKES = 5;

/**
 * The spatial index on 10^5 clustered points, one core: queries beside rbush-3d (rounds alternate, so that a machine whose
 * speed drifts slows both) and beside a real Postgres with GiST on `cube`, timed inside the server; changes; the longest
 * insert when points come in hostile orders; memory; and waking up in workerd. All three must find the same.
 */
export async function spatialSuite(report: Report): Promise<void> {
  const data = palaceData(COUNT, QUERIES, 1);
  const index = new BucketTree('points');
  index.bulkLoad(data.slots, data.points);
  const bulkBytes = index.stats().bytes / COUNT;
  const pieces = index.snapshot();
  const own = reportQueries(index, data, report);
  reportChanges(index, data, report);
  reportGrowth(data, bulkBytes, report);
  reportCube(await timeCube(data, K, CUBE_PASSES), own, report);
  const { cold, warm } = await timeWake(pieces, COUNT, WAKES);
  report({ metric: 'wake/100k', value: median(cold), unit: 'ms', n: cold.length });
  report({ metric: 'wake/100k/warm', value: median(warm), unit: 'ms', n: warm.length });
  await reportHttp(report);
}

/** What the index answered and took, to hold others against. */
interface OwnAnswers {
  /** us */
  boxP50: number;
  nearestP50: number;
  /** hits of each box */
  found: Uint32Array;
}

function reportQueries(index: BucketTree, { points, boxes, centres }: SpatialData, report: Report): OwnAnswers {
  const peer = new RBush(points);
  const [out, peerOut] = [new Uint32Array(COUNT), new Uint32Array(COUNT)];
  const [found, peerFound] = [new Uint32Array(QUERIES), new Uint32Array(QUERIES)];
  const distances = new Float64Array(K);
  const rounds = { box: [] as Times[], peerBox: [] as Times[], nearest: [] as Times[], peerNearest: [] as Times[] };
  for (let round = 0; round < ROUNDS; round++) {
    const ownBox = (box: Float32Array, i: number) => {
      found[i] = index.box(box, out);
    };
    const peerBox = (box: Float32Array, i: number) => {
      peerFound[i] = peer.box(box, peerOut);
    };
    rounds.box.push(timed(boxes, ownBox));
    rounds.peerBox.push(timed(boxes, peerBox));
    if (found.some((hits, i) => hits !== peerFound[i])) throw new Error('rbush-3d found other points.');
    rounds.nearest.push(timed(centres, (centre) => index.nearest(centre, K, out, distances)));
    rounds.peerNearest.push(timed(centres, (centre) => peer.nearest(centre, K, peerOut)));
    // both arrays still hold the answer to the last query
    if (out.subarray(0, K).some((slot, i) => slot !== peerOut[i])) throw new Error('rbush-3d found other neighbours.');
  }
  const [box, nearest] = [warm(rounds.box), warm(rounds.nearest)];
  const own = { boxP50: percentile(box, 0.5), nearestP50: percentile(nearest, 0.5), found };
  const n = box.length;
  const hits = found.reduce((sum, each) => sum + each, 0) / QUERIES;
  report({ metric: 'hits/mean', value: hits, unit: 'points', n: QUERIES });
  report({ metric: 'range/p50', value: own.boxP50, unit: 'us', n });
  report({ metric: 'range/p99', value: percentile(box, 0.99), unit: 'us', n });
  report({ metric: 'knn/p50', value: own.nearestP50, unit: 'us', n });
  report({ metric: 'knn/p99', value: percentile(nearest, 0.99), unit: 'us', n });
  reportRatio('range/rbush-3d', warm(rounds.peerBox), own.boxP50, report);
  reportRatio('knn/rbush-3d', warm(rounds.peerNearest), own.nearestP50, report);
  return own;
}

/** How many times as long the peer takes at the median; its own median, in us, is the baseline. */
function reportRatio(name: string, sortedUs: Times, own: number, report: Report): void {
  const peer = percentile(sortedUs, 0.5);
  report({ metric: `ratio/${name}`, value: peer / own, unit: 'ratio', n: sortedUs.length, baseline: peer });
}

/** New points beside old ones, then short moves, then random deletions. */
function reportChanges(index: BucketTree, { points, random }: SpatialData, report: Report): void {
  const besides = (spread: number[]) =>
    Array.from({ length: CHANGES }, () => {
      const row = Math.floor(random() * COUNT) * 3;
      return { slot: row / 3, item: Float32Array.from(near([...points.subarray(row, row + 3)], spread, random)) };
    });
  const added = besides([0.5, 0.5, 0.2]);
  const moved = besides([0.3, 0.3, 0.1]);
  const removed = [...shuffled(COUNT, random).subarray(0, CHANGES)];
  const times = {
    insert: timed(added, ({ item }, i) => index.insert(COUNT + i, item)),
    move: timed(moved, ({ slot, item }) => index.move(slot, item)),
    delete: timed(removed, (slot) => index.remove(slot)),
  };
  for (const [name, each] of Object.entries(times)) {
    report({ metric: `${name}/p50`, value: percentile(each.sort(), 0.5), unit: 'us', n: CHANGES });
  }
}

/**
 * Grows an index from nothing in each order. The work of an insert is the same in every run, what the machine does
 * meanwhile is not: of each insert the median of the runs counts, and a pause is the longest of these.
 */
function reportGrowth(data: SpatialData, bulkBytes: number, report: Report): void {
  let [pause, bytes] = [0, bulkBytes];
  for (const [order, points] of Object.entries(hostileOrders(data))) {
    const runs: Times[] = [];
    for (let run = 0; run < GROWTH_RUNS; run++) {
      const index = new BucketTree('points');
      runs.push(timed(points, (item, slot) => index.insert(slot, item)));
      bytes = Math.max(bytes, index.stats().bytes / COUNT);
    }
    const longest = points.reduce((most, _, i) => Math.max(most, median(runs.map((times) => times[i]!))), 0) / 1000;
    report({ metric: `pause/${order}`, value: longest, unit: 'ms', n: GROWTH_RUNS * COUNT });
    pause = Math.max(pause, longest);
  }
  report({ metric: 'pause/max', value: pause, unit: 'ms', n: GROWTH_RUNS * COUNT });
  report({ metric: 'bytes/point/bulk', value: bulkBytes, unit: 'bytes', n: COUNT });
  report({ metric: 'bytes/point', value: bytes, unit: 'bytes', n: COUNT });
}

function hostileOrders({ slots, points, random }: SpatialData): Record<string, Float32Array[]> {
  const at = (slot: number, axis: number) => points[slot * 3 + axis]!;
  const room = (slot: number) => Math.floor(at(slot, 0) / 15) * 1000 + Math.floor(at(slot, 1) / 15);
  const inOrder = (order: Uint32Array) => Array.from(order, (slot) => points.slice(slot * 3, slot * 3 + 3));
  return {
    random: inOrder(shuffled(COUNT, random)),
    sorted: inOrder(slots.slice().sort((a, b) => at(a, 0) - at(b, 0))),
    rooms: inOrder(slots.slice().sort((a, b) => room(a) - room(b) || at(a, 2) - at(b, 2))),
    line: Array.from(slots, (slot) => Float32Array.of(slot, 0, 0)),
    equal: Array.from(slots, () => Float32Array.of(1, 2, 3)),
  };
}

function reportCube({ box, nearest }: CubeTimes, own: OwnAnswers, report: Report): void {
  if (box.found.some((hits, i) => hits !== own.found[i])) throw new Error('Postgres found other points.');
  const us = (ms: Float64Array) => ms.map((each) => each * 1000).sort();
  reportRatio('range/cube', us(box.ms), own.boxP50, report);
  reportRatio('knn/cube', us(nearest.ms), own.nearestP50, report);
}

/** us of single calls. */
type Times = Float64Array;

/** Wall time of each call, in the order of the inputs. */
function timed<T>(inputs: readonly T[], run: (input: T, i: number) => unknown): Times {
  const times = new Float64Array(inputs.length);
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    const started = performance.now();
    run(input, i);
    times[i] = (performance.now() - started) * 1000;
  }
  return times;
}

/** All times of the rounds after the first few, sorted. */
function warm(rounds: readonly Times[]): Times {
  return Float64Array.from(rounds.slice(WARM_UP_ROUNDS).flatMap((times) => [...times])).sort();
}

function shuffled(count: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

const median = (values: readonly number[]) => percentile(Float64Array.from(values).sort(), 0.5);
