import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { debianTool } from '../../scripts/debian.ts';
import { ended, killGroup, spawnLeashed } from '../../scripts/leash.ts';
import { freePort } from '../../scripts/postgres.ts';

interface PrometheusOptions {
  /** of the server whose /metrics is read */
  url: string;
  token: string;
  /** every duration of the shipped rules and configuration is this many times shorter; thresholds stay as they are */
  faster: number;
}

export interface Alert {
  labels: Record<string, string>;
  state: 'pending' | 'firing';
}

interface Answer<T> {
  status: 'success' | 'error';
  error?: string;
  data: T;
}

const OPS = path.join(import.meta.dirname, '../../scripts/ops/prometheus');
const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const READY_TIMEOUT_MS = 10_000;

/** A real Prometheus that reads a running server with the shipped configuration and rules, only faster. */
export async function startPrometheus({ url, token, faster }: PrometheusOptions) {
  const binary = debianTool({ package: 'prometheus', binary: 'prometheus' });
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-prometheus-'));
  const shipped = (name: string) => readFileSync(path.join(OPS, name), 'utf8');
  writeFileSync(path.join(folder, 'rules.yml'), sooner(shipped('rules.yml'), faster));
  writeFileSync(path.join(folder, 'palimpsest-token'), token);
  const config = sooner(shipped('prometheus.yml'), faster)
    .replace('scheme: https', 'scheme: http')
    .replace('palimpsest.example.workers.dev', new URL(url).host);
  writeFileSync(path.join(folder, 'prometheus.yml'), config);

  const port = await freePort();
  const args = [
    `--config.file=${path.join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${path.join(folder, 'data')}`,
    ...[`--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
  ];
  const child = spawnLeashed(binary, args, { deathSignal: 'SIGKILL', stdio: ['ignore', 'ignore', 'inherit'] });
  const ask = async <T>(route: string, query: Record<string, string> = {}): Promise<Answer<T>> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${route}?${new URLSearchParams(query)}`);
    return (await answer.json()) as Answer<T>;
  };
  const begun = Date.now();
  while (!(await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => null))?.ok) {
    if (Date.now() - begun > READY_TIMEOUT_MS) throw new Error('Prometheus does not get ready');
    await sleep(50);
  }
  return {
    /** @throws Error with what Prometheus has against the query */
    async query(expr: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
      const { status, error, data } = await ask<{ result: [] }>('query', { query: expr });
      if (status !== 'success') throw new Error(`${expr}: ${error}`);
      return data.result;
    },
    alerts: async () => (await ask<{ alerts: Alert[] }>('alerts')).data.alerts,
    targets: async () =>
      (await ask<{ activeTargets: { health: string; lastError: string }[] }>('targets')).data.activeTargets,
    async stop(): Promise<void> {
      killGroup(child);
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Durations of a configuration or of rules, so many times shorter: `5m` is 5s when 60 times faster, but 500ms at least. */
function sooner(text: string, faster: number): string {
  const shorten = (duration: string) => {
    const seconds = [...duration.matchAll(/(\d+)([smhd])/g)].reduce(
      (sum, [, n, unit]) => sum + Number(n) * SECONDS[unit!]!,
      0,
    );
    return `${Math.max(500, Math.round((1_000 * seconds) / faster))}ms`;
  };
  return text
    .replace(/\[((?:\d+[smhd])+)\]/g, (_range, duration) => `[${shorten(duration)}]`)
    .replace(
      /((?:for|interval|scrape_interval|evaluation_interval): )((?:\d+[smhd])+)/g,
      (_line, key, duration) => key + shorten(duration),
    );
}
