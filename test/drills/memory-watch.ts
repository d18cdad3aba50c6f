import { readdirSync, readFileSync } from 'node:fs';

const PAGE_BYTES = 4_096;

/** Resident bytes of each workerd process below `root`; Linux only. */
function residentBytes(root: number): number[] {
  const processes = new Map<number, { parent: number; name: string }>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const stat = Number.isInteger(pid) && readOr(`/proc/${pid}/stat`);
    const [, name, parent] = (stat && /\((.*)\) \S (\d+)/s.exec(stat)) || [];
    if (parent !== undefined) processes.set(pid, { parent: Number(parent), name: name! });
  }
  const below = (pid: number): boolean => pid === root || (processes.has(pid) && below(processes.get(pid)!.parent));
  return [...processes]
    .filter(([pid, { name }]) => name.startsWith('workerd') && below(pid))
    .map(([pid]) => PAGE_BYTES * Number(readOr(`/proc/${pid}/statm`)?.split(' ')[1] ?? 0));
}

function readOr(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null; // it has ended meanwhile
  }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Looks at the memory of the Worker's processes now and then. */
export class MemoryWatch {
  private readonly samples: number[] = [];
  /** seconds since the first */
  private readonly times: number[] = [];
  private readonly begun = performance.now();
  private readonly root: number;

  constructor(root: number) {
    this.root = root;
  }

  look(): void {
    if (process.platform !== 'linux') return;
    this.samples.push(residentBytes(this.root).reduce((sum, bytes) => sum + bytes, 0));
    this.times.push((performance.now() - this.begun) / 1_000);
  }

  /** In words, process by process. */
  now(): string {
    if (process.platform !== 'linux') return 'memory unknown';
    return `${residentBytes(this.root)
      .map((bytes) => Math.round(bytes / 2 ** 20))
      .join(' + ')} MiB`;
  }

  /** Bytes: medians of the middle and of the last fifth of the time (what comes before is warm-up), and the most at once. */
  figures(): { middle: number; late: number; most: number; samples: number } {
    const fifth = Math.max(1, Math.floor(this.samples.length / 5));
    return {
      middle: median(this.samples.slice(2 * fifth, 3 * fifth)),
      late: median(this.samples.slice(-fifth)),
      most: Math.max(0, ...this.samples),
      samples: this.samples.length,
    };
  }

  /**
   * How the memory rises over the second half of the time, in bytes a second: the median of the slopes of pairs of looks
   * (Theil and Sen), so that a single peak says nothing.
   */
  slope(): number {
    const from = this.samples.length >> 1;
    const apart = Math.max(1, (this.samples.length - from) >> 1);
    const slopes: number[] = [];
    for (let i = from; i + apart < this.samples.length; i++) {
      const seconds = this.times[i + apart]! - this.times[i]!;
      if (seconds > 0) slopes.push((this.samples[i + apart]! - this.samples[i]!) / seconds);
    }
    return median(slopes);
  }
}
