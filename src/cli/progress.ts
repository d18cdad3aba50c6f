import { Presets, SingleBar } from 'cli-progress';
import type { Io } from './io.ts';
import { count } from './io.ts';

/** Shows how far a long piece of work is. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

const PLAIN_EVERY_MS = 5_000;

/** A bar for a person, a line every few seconds for a log. */
export function progress(io: Io, label: string, total: number, unit: string): Progress {
  return io.interactive ? bar(label, total, unit) : plainLines(io, label, total, unit);
}

function bar(label: string, total: number, unit: string): Progress {
  const single = new SingleBar(
    {
      format: `${label} {bar} {percentage} % | {value}/{total} ${unit} | {eta_formatted}`,
      hideCursor: true,
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
  single.start(total, 0);
  return { update: (done) => single.update(done), stop: () => single.stop() };
}

function plainLines(io: Io, label: string, total: number, unit: string): Progress {
  let shownAt = Date.now();
  return {
    update(done) {
      if (Date.now() - shownAt < PLAIN_EVERY_MS) return;
      shownAt = Date.now();
      io.err(`${label}: ${count(done)} of ${count(total)} ${unit}`);
    },
    stop() {},
  };
}
