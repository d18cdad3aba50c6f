import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Metric } from '../bench/report.ts';
import { percentile } from './analysis.ts';
import { ProductApi } from './api.ts';
import type { Series } from './plot.ts';
import { type RunningApp, startApp } from './served.ts';

export interface StepOptions {
  /** fewer than the step is named for, to try it */
  users: number | null;
  /** of `soak` */
  minutes: number;
  /** waits for a drain no longer than this */
  drainMinutes: number;
}

/** What a step works with. */
export interface Stage {
  options: StepOptions;
  /** both apps run from the start, each in processes of its own */
  floor: RunningApp;
  product: RunningApp;
  api: ProductApi;
  /** starts an app anew on the data it has: nothing of its memory is left */
  restart(app: 'floor' | 'product', vars?: Record<string, string>): Promise<void>;
  report(metric: Metric): void;
  /** says how far it is */
  note(text: string): void;
  plot(title: string, unit: string, series: Series[]): void;
}

export type Step = (stage: Stage) => Promise<void>;

interface StagePorts extends Pick<Stage, 'options' | 'report' | 'note' | 'plot'> {
  /** whether the isolates of both apps are open to an inspector */
  isInspected: boolean;
}

/** Runs a step between the start and the end of both apps. Whatever happens, nothing of them is left. */
export async function onStage(ports: StagePorts, step: Step): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-load-'));
  const folderOf = (app: string) => path.join(folder, app);
  const running = new Map<string, RunningApp>();
  const start = async (app: 'floor' | 'product', vars?: Record<string, string>) => {
    ports.note(`starting the ${app}`);
    running.set(app, await startApp(app, folderOf(app), { vars, isInspected: ports.isInspected }));
  };
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  const watch = (app: string) => void running.get(app)?.lost.then((why) => failure.reject(new Error(why)));
  let api: ProductApi | null = null;
  try {
    await start('floor');
    await start('product');
    watch('floor');
    watch('product');
    const stage: Stage = {
      ...ports,
      get floor() {
        return running.get('floor')!;
      },
      get product() {
        return running.get('product')!;
      },
      get api() {
        api ??= new ProductApi(running.get('product')!);
        return api;
      },
      async restart(app, vars) {
        if (app === 'product') {
          api?.close();
          api = null;
        }
        await running.get(app)!.stop();
        await start(app, vars);
        watch(app);
      },
    };
    await Promise.race([step(stage), failure.promise]);
  } finally {
    (api as ProductApi | null)?.close();
    await Promise.all([...running.values()].map((app) => app.stop()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Reports the usual percentiles of acknowledgement times, in ms. */
export function reportTimes(stage: Stage, prefix: string, sorted: Float64Array, floor: Float64Array | null): void {
  for (const [name, p] of [
    ['p50', 0.5],
    ['p95', 0.95],
    ['p99', 0.99],
  ] as const) {
    const baseline = floor ? percentile(floor, p) : null;
    stage.report({ metric: `${prefix}${name}`, value: percentile(sorted, p), unit: 'ms', n: sorted.length, baseline });
  }
}
