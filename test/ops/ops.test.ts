import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianTool } from '../../scripts/debian.ts';
import { grafanaDashboard } from '../../scripts/ops/dashboard.ts';
import shipped from '../../scripts/ops/grafana/dashboard.json' with { type: 'json' };
import { groupsIn, namesIn, unknownIn } from '../helpers/promql.ts';

const FOLDER = path.join(import.meta.dirname, '../../scripts/ops/prometheus');
const rules = readFileSync(path.join(FOLDER, 'rules.yml'), 'utf8').replace(/^ *#.*\n/gm, '');
const recorded = [...rules.matchAll(/record: (\S+)/g)].map(([, name]) => name!);

interface Panel {
  type: string;
  title: string;
  targets?: { expr: string; legendFormat: string }[];
}
const panels = shipped.panels as Panel[];
const queries = panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));
/** Queries of the rules, each from its key to the next one. */
const ruleQueries = [...rules.matchAll(/^ +expr: (?:\|\n)?([\s\S]*?)(?=\n +(?:-|\w+:))/gm)].map(([, query]) => query!);

let promtool: string;
let work: string;
beforeAll(() => {
  promtool = debianTool({ package: 'prometheus', binary: 'promtool' });
  work = mkdtempSync(path.join(tmpdir(), 'palimpsest-ops-'));
}, 60_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

function run(...args: string[]): { status: number | null; said: string } {
  const done = spawnSync(promtool, args, { cwd: FOLDER, encoding: 'utf8' });
  return { status: done.status, said: done.stdout + done.stderr };
}

/** Checks queries as recording rules: promtool parses a query by itself nowhere else without a server. */
function checkQueries(exprs: readonly string[]): { status: number | null; said: string } {
  const file = path.join(work, 'queries.json'); // JSON is YAML
  const asRules = exprs.map((expr, i) => ({ record: `query:${i}`, expr: expr.replaceAll('$__rate_interval', '5m') }));
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'queries', rules: asRules }] }));
  return run('check', 'rules', file);
}

describe('the alerts', () => {
  it('are rules that Prometheus reads', () => {
    expect(run('check', 'rules', 'rules.yml')).toMatchObject({ status: 0 });
  });

  it('fire and stay silent as their unit tests say', () => {
    expect(run('test', 'rules', 'rules.test.yml')).toMatchObject({ status: 0 });
  });

  it('name only what the service counts', () => {
    expect(ruleQueries.length).toBe(rules.match(/expr:/g)!.length);
    expect(ruleQueries.flatMap((query) => unknownIn(query, recorded))).toEqual([]);
  });

  it('are in a configuration that Prometheus takes, behind a bearer token', () => {
    expect(run('check', 'config', '--syntax-only', 'prometheus.yml')).toMatchObject({ status: 0 });
    expect(readFileSync(path.join(FOLDER, 'prometheus.yml'), 'utf8')).toMatch(/type: Bearer/);
  });
});

describe('the dashboard', () => {
  it('is what its description makes (`node scripts/dashboard.ts` writes it anew)', () => {
    expect(shipped).toEqual(JSON.parse(JSON.stringify(grafanaDashboard())));
  });

  it('has three rows, and no panel without a query', () => {
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual(['Real-time performance', 'Use', 'Infrastructure']);
    expect(panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0)).toEqual([]);
  });

  it('asks queries that Prometheus parses', () => {
    expect(checkQueries(queries.map(({ expr }) => expr))).toMatchObject({ status: 0 });
    expect(checkQueries(['sum(rate(messages_total[5m])'])).not.toMatchObject({ status: 0 });
  });

  it('asks only for what the service counts', () => {
    expect(queries.flatMap(({ expr }) => unknownIn(expr))).toEqual([]);
  });

  it('calls a series by labels that its query leaves', () => {
    const wrong = queries.filter(({ expr, legendFormat }) => {
      const kept = expr.includes(' by (') ? groupsIn(expr) : expr.includes('(') ? [] : ['window', 'cache', 'tier'];
      return [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].some(([, label]) => !kept.includes(label!));
    });
    expect(wrong).toEqual([]);
  });
});

describe('the check of names', () => {
  it.for([
    ['sum(rate(messages_totals[5m]))', 'no metric messages_totals'],
    ['rate(tasks_total{outcom="failed"}[5m])', 'tasks_total has no label outcom'],
    ['tasks_total{outcome=~"failed|lost"}', 'tasks_total is never outcome="lost"'],
    ['outbox_lag_seconds > 3', 'no metric outbox_lag_seconds'],
    ['rate(messages_total_bucket[5m])', 'no metric messages_total_bucket'],
  ] as const)('finds what is wrong with %s', ([query, wrong]) => {
    expect(unknownIn(query)).toEqual([wrong]);
  });

  it('sees every metric of a query, and nothing else', () => {
    const query =
      'histogram_quantile(0.9, sum by (le) (rate(a_bucket{x="y", z!="sum by (q)"}[5m]))) / b and on (cache) c{d=~"e|f"} > 1e3';
    expect(namesIn(query).map(({ metric }) => metric)).toEqual(['a_bucket', 'b', 'c']);
  });
});
