/** Entries that were put together do not expire together, or their makers would all be asked at once: up to a tenth sooner. */
const SPREAD = 0.1;

/** A time to live, some of it taken off. Never longer than what was asked for. */
export const jittered = (ttlSeconds: number, random: () => number): number => ttlSeconds * (1 - SPREAD * random());
