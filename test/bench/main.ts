import type { Metric, Suite } from './report.ts';

/** Loaded when asked for: a suite may need what another machine has not. */
const SUITES: Record<string, () => Promise<Suite>> = {
  embed: () => import('./embed.ts').then((module) => module.embedSuite),
  search: () => import('./search.ts').then((module) => module.searchSuite),
  spatial: () => import('./spatial.ts').then((module) => module.spatialSuite),
  mirror: () => import('./mirror.ts').then((module) => module.mirrorSuite),
  ingest: () => import('./ingest.ts').then((module) => module.ingestSuite),
  llm: () => import('./llm.ts').then((module) => module.llmSuite),
  postgres: () => import('./postgres.ts').then((module) => module.postgresSuite),
  sealing: () => import('./sealing.ts').then((module) => module.sealingSuite),
  cache: () => import('./cache.ts').then((module) => module.cacheSuite),
  metrics: () => import('./metrics.ts').then((module) => module.metricsSuite),
  'gpu-origin': () => import('./gpu-origin.ts').then((module) => module.gpuOriginSuite),
  archaeology: () => import('./archaeology.ts').then((module) => module.archaeologySuite),
};

const USAGE = `usage: npm run bench -- SUITE [--json]\nsuites: ${Object.keys(SUITES).join(', ')}`;

/** `bench -- SUITE [--json]`: a table on stderr; with `--json` also one JSON object a line on stdout. */
async function main(args: string[]): Promise<number> {
  const [name, ...others] = args.filter((arg) => arg !== '--json');
  const load = name === undefined ? undefined : SUITES[name];
  if (name === undefined || load === undefined || others.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const json = args.includes('--json');
  const suite = await load();
  await suite((metric) => {
    console.error(tableRow(name, metric));
    if (json) console.log(jsonLine(name, metric));
  });
  return 0;
}

function jsonLine(suite: string, { metric, value, unit, n, baseline = null }: Metric): string {
  return JSON.stringify({ suite, metric, value, unit, n, baseline });
}

function tableRow(suite: string, { metric, value, unit, n, baseline }: Metric): string {
  const against = baseline === null || baseline === undefined ? '' : `  (against ${baseline.toPrecision(4)})`;
  return `${suite.padEnd(10)} ${metric.padEnd(28)} ${value.toPrecision(5).padStart(10)} ${unit.padEnd(8)} n=${n}${against}`;
}

process.exit(await main(process.argv.slice(2)));
