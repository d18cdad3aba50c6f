import type { Box, Vec3 } from './model.ts';
import { project } from './project.ts';
import type { Shelf } from './shelf.ts';

/** Memories keep this far from the walls, in metres: the way stays free, and no place belongs to two rooms. */
export const WALL_INSET = 0.5;
/** Chords (1 to 1.4 for unrelated texts) that stand for the least and the largest distance in a room. */
const NEAR_CHORD = 0.35;
const FAR_CHORD = 1.4;
/** Metres between two memories as alike as can be, and as different. */
const NEAR = 0.2;
const FAR = 12;
/** In many dimensions most chords are nearly the same; this power spreads them over the distances of a room. */
const SPREAD = 4;
// Both powers were chosen on the LoCoMo development conversations (`eval -- layout`): wishes weigh 1 / distance
const STEPS = 24;

/**
 * Where a memory goes in its room: the spot whose distances to the memories there fit best to how alike they are. The
 * first ones are spread by a fixed projection. Placing one moves no other, and the same memories in the same order always
 * have the same places.
 *
 * @param vector [dimensions], unit length
 * @see de Leeuw 1977, majorisation of stress (SMACOF), here for one point among fixed others; Sammon 1969 for the weights
 */
export function placeInRoom(vector: Float32Array, shelf: Shelf, bounds: Box): Vec3 {
  const low = bounds.min.map((x) => x + WALL_INSET);
  const high = bounds.max.map((x) => x - WALL_INSET);
  const seed = project(vector).map((u, i) => low[i]! + ((u + 1) / 2) * (high[i]! - low[i]!));
  if (shelf.size === 0) return rounded(seed, low, high);
  const { targets, weights, nearest } = wishes(shelf.cosines(vector));
  const starts = [seed, besides(shelf.positions, nearest, seed, targets[nearest]!)];
  let [best, least] = [seed, Infinity];
  for (const start of starts) {
    const point = settle(start, shelf.positions, targets, weights, low, high);
    const stress = stressOf(point, shelf.positions, targets, weights);
    if (stress < least) [best, least] = [point, stress];
  }
  return rounded(best, low, high);
}

/** For every memory in the room, the distance to keep and how much it matters. */
function wishes(cosines: Float32Array) {
  const targets = new Float64Array(cosines.length);
  const weights = new Float64Array(cosines.length);
  let nearest = 0;
  for (let i = 0; i < cosines.length; i++) {
    const chord = Math.sqrt(Math.max(0, 2 - 2 * cosines[i]!));
    const share = Math.min(1, Math.max(0, (chord - NEAR_CHORD) / (FAR_CHORD - NEAR_CHORD)));
    targets[i] = NEAR + (FAR - NEAR) * share ** SPREAD;
    weights[i] = 1 / targets[i]!; // what is alike matters most
    if (cosines[i]! > cosines[nearest]!) nearest = i;
  }
  return { targets, weights, nearest };
}

/** The point at `distance` from a memory on the way to `seed`. */
function besides(positions: Float32Array, at: number, seed: readonly number[], distance: number): number[] {
  const from = [...positions.subarray(3 * at, 3 * at + 3)];
  const away = seed.map((x, i) => x - from[i]!);
  const length = Math.hypot(...away) || 1;
  return from.map((x, i) => x + (away[i]! / length) * distance);
}

/**
 * Moves a point to a place of locally least stress; each step lessens it, walls aside. Numbers one by one: this is most of
 * what placing costs, and arrays taken apart in the inner loop were half of all garbage of a busy isolate.
 */
function settle(
  start: readonly number[],
  positions: Float32Array,
  targets: Float64Array,
  weights: Float64Array,
  low: readonly number[],
  high: readonly number[],
): number[] {
  let px = start[0]!;
  let py = start[1]!;
  let pz = start[2]!;
  for (let step = 0; step < STEPS; step++) {
    let x = 0;
    let y = 0;
    let z = 0;
    let whole = 0;
    for (let i = 0; i < targets.length; i++) {
      const ax = positions[3 * i]!;
      const ay = positions[3 * i + 1]!;
      const az = positions[3 * i + 2]!;
      const dx = px - ax;
      const dy = py - ay;
      const dz = pz - az;
      const stretch = targets[i]! / Math.max(1e-6, Math.sqrt(dx * dx + dy * dy + dz * dz));
      const weight = weights[i]!;
      x += weight * (ax + stretch * dx);
      y += weight * (ay + stretch * dy);
      z += weight * (az + stretch * dz);
      whole += weight;
    }
    px = clamp(x / whole, low[0]!, high[0]!);
    py = clamp(y / whole, low[1]!, high[1]!);
    pz = clamp(z / whole, low[2]!, high[2]!);
  }
  return [px, py, pz];
}

function stressOf(p: readonly number[], positions: Float32Array, targets: Float64Array, weights: Float64Array): number {
  let stress = 0;
  for (let i = 0; i < targets.length; i++) {
    const distance = Math.hypot(
      p[0]! - positions[3 * i]!,
      p[1]! - positions[3 * i + 1]!,
      p[2]! - positions[3 * i + 2]!,
    );
    stress += weights[i]! * (distance - targets[i]!) ** 2;
  }
  return stress;
}

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));

/** To float32, as everything that stores or compares a place sees it. The walls are float32, so it stays inside. */
function rounded(point: readonly number[], low: readonly number[], high: readonly number[]): Vec3 {
  const [x, y, z] = point.map((value, i) => Math.fround(clamp(value, low[i]!, high[i]!)));
  return [x!, y!, z!];
}
