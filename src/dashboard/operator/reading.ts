/** One line of the Prometheus text format. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** Samples by name. */
export type Reading = Map<string, Sample[]>;

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads the text format of /metrics; comments are passed over. */
export function readMetrics(text: string): Reading {
  const reading: Reading = new Map();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const pairs = [...labels.matchAll(LABEL)].map(([, label = '', said = '']) => [label, said]);
    const samples = reading.get(name) ?? [];
    samples.push({ labels: Object.fromEntries(pairs), value: Number(value) });
    reading.set(name, samples);
  }
  return reading;
}

type Where = Readonly<Record<string, string>>;
const fits = ({ labels }: Sample, where: Where) =>
  Object.entries(where).every(([name, value]) => labels[name] === value);

/** Sum of a metric over all series that have these labels. */
export function total(reading: Reading, name: string, where: Where = {}): number {
  return (reading.get(name) ?? []).reduce((sum, sample) => sum + (fits(sample, where) ? sample.value : 0), 0);
}

/** Largest value of a metric over all its series; 0: there is none. */
export const largest = (reading: Reading, name: string): number =>
  Math.max(0, ...(reading.get(name) ?? []).map(({ value }) => value));

/** How much a counter has grown from one reading to another. One that fell has begun anew. */
export function growth(before: Reading, after: Reading, name: string, where: Where = {}): number {
  const [from, to] = [total(before, name, where), total(after, name, where)];
  return to >= from ? to - from : to;
}

/**
 * Quantile of what a histogram took in from one reading to another, within a bucket by straight line, as Prometheus
 * does it. What lies above all bounds counts as the highest.
 *
 * @returns null if it took in nothing
 */
export function quantile(before: Reading, after: Reading, name: string, q: number, where: Where = {}): number | null {
  const bounds = [...new Set((after.get(`${name}_bucket`) ?? []).map(({ labels }) => labels.le ?? ''))];
  const buckets = bounds
    .map((le) => ({
      bound: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
      below: growth(before, after, `${name}_bucket`, { ...where, le }),
    }))
    .sort((a, b) => a.bound - b.bound);
  const all = buckets.at(-1)?.below ?? 0;
  if (all === 0) return null;
  const rank = q * all;
  const at = buckets.findIndex(({ below }) => below >= rank);
  const [low, bucket] = [buckets[at - 1] ?? { bound: 0, below: 0 }, buckets[at]!];
  if (bucket.bound === Number.POSITIVE_INFINITY) return low.bound;
  const inside = bucket.below - low.below;
  return inside === 0 ? bucket.bound : low.bound + ((bucket.bound - low.bound) * (rank - low.below)) / inside;
}
