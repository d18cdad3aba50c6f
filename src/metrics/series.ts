import { METRICS, type Metric, type MetricName } from './catalogue.ts';

const OTHER = 'other';
const SEPARATOR = '\u001f';

/** How many series one metric can come to, however its labels are filled. */
export function mostSeries(name: MetricName): number {
  const sizes = Object.values((METRICS[name] as Metric).labels).map((values) =>
    'atMost' in values ? values.atMost + 1 : values.length,
  );
  return sizes.reduce((product, size) => product * size, 1);
}

/** Values of open labels seen so far: the first so many are kept, later ones read `other`. */
export class SeriesKeys {
  private readonly seen = new Map<string, Set<string>>();

  /** @returns label values in the order of the catalogue, as one text; null if a closed label has no such value */
  of(name: MetricName, labels: Readonly<Record<string, string>> | undefined): string | null {
    const wanted = (METRICS[name] as Metric).labels;
    let key = '';
    for (const label in wanted) {
      const values = wanted[label]!;
      const given = labels?.[label] ?? OTHER;
      const value = 'atMost' in values ? this.bounded(`${name}.${label}`, given, values.atMost) : given;
      if (!('atMost' in values) && !values.includes(value)) return null;
      key = key === '' ? value : key + SEPARATOR + value;
    }
    return key;
  }

  private bounded(place: string, value: string, atMost: number): string {
    let values = this.seen.get(place);
    if (!values) {
      values = new Set();
      this.seen.set(place, values);
    }
    if (values.has(value)) return value;
    if (values.size >= atMost) return OTHER;
    values.add(value);
    return value;
  }
}

/** The opposite of `SeriesKeys.of`. */
export function labelsOfKey(name: MetricName, key: string): Record<string, string> {
  const names = Object.keys((METRICS[name] as Metric).labels);
  const values = key.split(SEPARATOR);
  return Object.fromEntries(names.map((label, i) => [label, values[i] ?? '']));
}
