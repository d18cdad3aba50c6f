/** The same numbers in every run (a linear congruential generator), 0 to 1. */
export function seeded(state: number): () => number {
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A unit vector in a direction that no other shares. */
export function unit(random: () => number, dimensions = 512): Float32Array {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const vector = Float32Array.from({ length: dimensions }, gauss);
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}
