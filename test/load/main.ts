import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand, UserError } from '../../scripts/user-error.ts';
import type { Metric } from '../bench/report.ts';
import { plotSvg } from './plot.ts';
import { onStage, type Step, type StepOptions } from './stage.ts';

interface StepEntry {
  /** longer than this it never takes; then it is ended, with all its processes */
  minutes: (options: StepOptions) => number;
  /** whether the isolates of both apps are open to an inspector */
  inspected?: true;
  /** what its plot goes over; default: seconds */
  axis?: string;
  load(): Promise<Step>;
}

const STEPS: Record<string, StepEntry> = {
  'ws-1000': {
    axis: '% of messages',
    minutes: ({ drainMinutes }) => 10 + 2 * drainMinutes,
    load: () => import('./steps/ws.ts').then((module) => module.wsStep),
  },
  'http-1000': {
    axis: 'clients',
    minutes: ({ drainMinutes }) => 10 + 2 * drainMinutes,
    load: () => import('./steps/http.ts').then((module) => module.httpStep),
  },
  'idle-2000': {
    minutes: ({ drainMinutes }) => 15 + drainMinutes,
    load: () => import('./steps/idle.ts').then((module) => module.idleStep),
  },
  soak: {
    axis: 'minutes',
    minutes: ({ minutes }) => 5 + minutes,
    load: () => import('./steps/soak.ts').then((module) => module.soakStep),
  },
  leak: {
    axis: 'minutes',
    minutes: ({ minutes }) => 5 + minutes,
    inspected: true,
    load: () => import('./steps/leak.ts').then((module) => module.leakStep),
  },
  sockets: {
    minutes: () => 10,
    load: () => import('./steps/sockets.ts').then((module) => module.socketsStep),
  },
  backlog: {
    minutes: ({ drainMinutes }) => 10 + drainMinutes,
    load: () => import('./steps/backlog.ts').then((module) => module.backlogStep),
  },
  'artillery-ws': { minutes: () => 20, load: () => artilleryOf('ws') },
  'artillery-http': { minutes: () => 20, load: () => artilleryOf('http') },
  overload: {
    minutes: ({ drainMinutes }) => 10 + drainMinutes,
    load: () => import('./steps/overload.ts').then((module) => module.overloadStep),
  },
};
const artilleryOf = (scenario: 'ws' | 'http') =>
  import('./steps/artillery.ts').then((module) => module.artilleryStep(scenario));
const OUT = path.join(import.meta.dirname, '../../.build/load');
const USAGE = `usage: npm run load -- STEP [--json] [--users N] [--minutes N] [--drain-minutes N]
steps: ${Object.keys(STEPS).join(', ')}`;

/** `load -- STEP`: a table on stderr; with `--json` also one JSON object a line on stdout; both, and a plot, in .build/load. */
async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      users: { type: 'string' },
      minutes: { type: 'string', default: '30' },
      'drain-minutes': { type: 'string', default: '15' },
    },
  });
  const [name = '', ...others] = positionals;
  const options: StepOptions = {
    users: values.users === undefined ? null : numberOf('users', values.users),
    minutes: numberOf('minutes', values.minutes),
    drainMinutes: numberOf('drain-minutes', values['drain-minutes']),
  };
  const step = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
  if (!step || others.length > 0) throw new UserError(USAGE);
  const metrics: Metric[] = [];
  const limit = setTimeout(() => {
    console.error(`load: ${name} took longer than ${step.minutes(options)} minutes and was ended.`);
    process.exit(1); // the leash ends what it started
  }, step.minutes(options) * 60_000);
  mkdirSync(OUT, { recursive: true });
  await onStage(
    {
      options,
      isInspected: step.inspected ?? false,
      note: (text) => console.error(`load: ${text}`),
      report: (metric) => {
        metrics.push(metric);
        console.error(tableRow(metric));
        if (values.json) console.log(JSON.stringify({ suite: 'load', ...metric, baseline: metric.baseline ?? null }));
      },
      plot: (title, unit, series) => {
        writeFileSync(path.join(OUT, `${name}.svg`), plotSvg(title, step.axis ?? 's', unit, series));
      },
    },
    await step.load(),
  );
  clearTimeout(limit);
  writeFileSync(path.join(OUT, `${name}.json`), `${JSON.stringify({ machine: machine(), metrics }, null, 2)}\n`);
  writeFileSync(path.join(OUT, `${name}.md`), readmeTable(metrics));
  console.error(`load: ${path.relative(process.cwd(), OUT)}/${name}.{json,md,svg}`);
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UserError(`--${option} takes a number above 0, not "${text}".\n${USAGE}`);
  return value;
}

const tableRow = ({ metric, value, unit, n, baseline }: Metric): string => {
  const against = baseline === null || baseline === undefined ? '' : `  (against ${shown(baseline)})`;
  return `load       ${metric.padEnd(32)} ${shown(value).padStart(10)} ${unit.padEnd(12)} n=${n}${against}`;
};

const shown = (value: number) => (Number.isInteger(value) ? String(value) : value.toPrecision(4));
const machine = () =>
  `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'CPU'}, ${Math.round(os.totalmem() / 2 ** 30)} GiB`;

/** What a README can take over as it is. */
const readmeTable = (metrics: readonly Metric[]): string =>
  [
    `${machine()}; driver, server and Postgres share it.`,
    '',
    '| figure | measured | against |',
    '|---|---|---|',
    ...metrics.map(
      ({ metric, value, unit, baseline }) =>
        `| ${metric} | ${shown(value)} ${unit} | ${baseline === null || baseline === undefined ? '' : shown(baseline)} |`,
    ),
    '',
  ].join('\n');

await runCommand(() => main(process.argv.slice(2)));
process.exit(process.exitCode ?? 0);
