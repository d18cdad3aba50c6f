import { DERIVED, METRICS } from '../../src/metrics/catalogue.ts';

/** Series that are not ours: Prometheus makes them. */
const OF_PROMETHEUS: Record<string, string[]> = { up: ['job', 'instance'], ALERTS: ['alertname', 'alertstate'] };
const WORDS = new Set(
  'and or unless on ignoring by without group_left group_right bool offset inf nan sum count max min avg'.split(' '),
);

/** A Prometheus query as far as names go. */
export interface Named {
  metric: string;
  /** label matchers of it */
  matchers: { label: string; values: string[] }[];
}

/** Metrics that a query names, with what it asks of their labels. */
export function namesIn(query: string): Named[] {
  const bare = query.replace(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  const names = /(?<![\w"'.$[])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])\s*(?:\{([^}]*)\})?/g;
  return [...bare.matchAll(names)]
    .filter(([, name]) => !WORDS.has(name!))
    .map(([, name, matchers = '']) => ({ metric: name!, matchers: parseMatchers(matchers) }));
}

/** Labels that a query groups by. */
export const groupsIn = (query: string): string[] =>
  [...query.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, list]) => list!.split(',').map((name) => name.trim()));

/**
 * What of a query no metric of the catalogue answers to, in words; empty: it may find something.
 *
 * @param recorded names that rules make
 */
export function unknownIn(query: string, recorded: readonly string[] = []): string[] {
  return namesIn(query).flatMap(({ metric, matchers }) => {
    if (recorded.includes(metric)) return [];
    const labels = labelsOf(metric);
    if (!labels) return [`no metric ${metric}`];
    return matchers.flatMap(({ label, values }) => {
      const allowed = labels[label];
      if (allowed === undefined) return [`${metric} has no label ${label}`];
      if (!Array.isArray(allowed)) return [];
      return values
        .filter((value) => !allowed.includes(value))
        .map((value) => `${metric} is never ${label}="${value}"`);
    });
  });
}

/** Of each label the values there are, null where that is open; undefined: no such metric. */
function labelsOf(metric: string): Record<string, readonly string[] | null> | undefined {
  const base = metric.replace(/_(?:bucket|sum|count)$/, '');
  const own = OF_PROMETHEUS[metric];
  if (own) return Object.fromEntries(own.map((label) => [label, null]));
  if (Object.hasOwn(DERIVED, metric)) {
    return Object.fromEntries(DERIVED[metric as keyof typeof DERIVED].labels.map((label) => [label, null]));
  }
  const name = Object.hasOwn(METRICS, metric) ? metric : base;
  if (!Object.hasOwn(METRICS, name)) return undefined;
  const described = METRICS[name as keyof typeof METRICS];
  // a histogram has three series and none of its own name; nothing else has them
  if ((described.type === 'histogram') !== (name !== metric)) return undefined;
  const labels: Record<string, readonly string[] | null> = {};
  for (const [label, values] of Object.entries(described.labels)) labels[label] = Array.isArray(values) ? values : null;
  if (metric.endsWith('_bucket')) labels.le = null;
  return labels;
}

function parseMatchers(text: string): Named['matchers'] {
  return [...text.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*["']([^"']*)["']/g)].map(([, label, operator, value]) => {
    const isPattern = operator === '=~' || operator === '!~';
    return { label: label!, values: isPattern ? value!.split('|') : [value!] };
  });
}
