import { parseArgs } from 'node:util';
import { loadNodeEmbedder } from '../../src/embedding/node.ts';
import type { Metric, Report } from '../bench/report.ts';
import { loadVectorKernel } from '../helpers/vector-kernel.ts';
import { authorshipEval } from './authorship/authorship.ts';
import type { Sample } from './dataset.ts';
import { gapsEval } from './gaps.ts';
import { hiddenTurnSuite, replySuite } from './hidden-turn.ts';
import { importersEval } from './importers.ts';
import { inProcess } from './in-process.ts';
import { layoutSuite } from './layout.ts';
import { readLocomo } from './locomo.ts';
import type { MemoryPort } from './memory-port.ts';
import { mergeEval } from './merge.ts';
import { essaysEval } from './personality/essays.ts';
import { panEval } from './personality/pan15.ts';
import { isProtocol, type Protocol } from './personality/protocol.ts';
import { plainBm25 } from './plain-bm25.ts';
import { readRealtalk } from './realtalk.ts';
import { recallSuite } from './recall-suite.ts';
import { metricTable } from './report-table.ts';
import { temporalSuite } from './temporal.ts';

const USAGE = `usage: npm run eval -- SET [--data DIR] [--json] [--via URL --key KEY] [--protocol P]
  SET     locomo | realtalk | temporal | layout | importers | authorship | essays | pan15 | hidden-turn | reply
          gaps | merge
  --data  folder with the evaluation data (default ../shared/eval)
  --json  one JSON object a line on stdout; the table goes to stderr in any case
  --via   ask a running server instead of the code in this process; --key is an API key of it
  --protocol  essays, pan15, reply: shipped (the weights as shipped, default) | folds (trained and tested within the data)`;

interface Options {
  data: string;
  via: string | undefined;
  key: string | undefined;
  protocol: Protocol;
}

const recallOf = (read: (dataDir: string) => Sample[]) => async (options: Options, report: Report) =>
  recallSuite(read(options.data), await portOf(options), plainBm25, report);

const SETS: Record<string, (options: Options, report: Report) => Promise<void>> = {
  locomo: recallOf(readLocomo),
  realtalk: recallOf(readRealtalk),
  temporal: async ({ data }, report) => temporalSuite(data, await loadNodeEmbedder(), loadVectorKernel(), report),
  layout: async ({ data }, report) => layoutSuite(readLocomo(data), await loadNodeEmbedder(), report),
  'hidden-turn': async ({ data }, report) => hiddenTurnSuite(data, await loadNodeEmbedder(), report),
  reply: async ({ data, protocol }, report) => replySuite(data, await loadNodeEmbedder(), protocol, report),
  authorship: async ({ data }, report) => authorshipEval(data, report),
  gaps: async ({ data }, report) => gapsEval(data, await loadNodeEmbedder(), report),
  merge: ({ data }, report) => mergeEval(data, report),
  importers: ({ data }, report) => importersEval(data, report),
  essays: async ({ data, protocol }, report) => essaysEval(data, await loadNodeEmbedder(), protocol, report),
  pan15: async ({ data, protocol }, report) => panEval(data, await loadNodeEmbedder(), protocol, report),
};

async function portOf({ via, key }: Options): Promise<MemoryPort> {
  if (via === undefined) return inProcess(await loadNodeEmbedder(), loadVectorKernel());
  if (key === undefined) throw new Error('--via needs --key.');
  const { viaHttp } = await import('./via-http.ts');
  return viaHttp(via, key);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: '../shared/eval' },
    json: { type: 'boolean', default: false },
    via: { type: 'string' },
    key: { type: 'string' },
    protocol: { type: 'string', default: 'shipped' },
  },
});
const [suite = ''] = positionals;
const run = Object.hasOwn(SETS, suite) ? SETS[suite] : undefined;
const { protocol } = values;
if (run === undefined || !isProtocol(protocol)) {
  console.error(USAGE);
  process.exit(2);
}
const metrics: Metric[] = [];
await run({ data: values.data, via: values.via, key: values.key, protocol }, (measured) => {
  metrics.push(measured);
  const { metric, value, unit, n, baseline = null } = measured;
  if (values.json) console.log(JSON.stringify({ suite, metric, value, unit, n, baseline }));
});
console.error(metricTable(metrics));
