import type { Metric } from '../bench/report.ts';

/** A table for people, one metric a line. */
export function metricTable(metrics: readonly Metric[]): string {
  const lines = metrics.map(({ metric, value, unit, n, baseline }) => [
    metric,
    value.toFixed(4),
    baseline === undefined || baseline === null ? '' : baseline.toFixed(4),
    unit,
    String(n),
  ]);
  const rows = [['metric', 'value', 'baseline', 'unit', 'n'], ...lines];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const padded = rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))),
  );
  return padded.map((row) => row.join('  ')).join('\n');
}
