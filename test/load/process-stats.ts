import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds, and the CPU it has used since it started (all threads). Linux only. */
export interface ProcessStats {
  /** resident memory, MiB */
  rssMiB: number;
  /** … without what is only mapped from files, MiB */
  privateMiB: number;
  /** open file handles, sockets included */
  handles: number;
  cpuMs: number;
}

/** Clock ticks a second in /proc/PID/stat; it is 100 on every Linux of today. */
const TICKS_PER_SECOND = 100;

export function statsOf(pid: number): ProcessStats {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kiB = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on, see proc(5)
  return {
    rssMiB: kiB('VmRSS') / 1_024,
    privateMiB: kiB('RssAnon') / 1_024,
    handles: readdirSync(`/proc/${pid}/fd`).length,
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND,
  };
}

/** The youngest process of that name below another; null: there is none. */
export function childNamed(parent: number, name: string): number | null {
  const found = descendants(parent).filter((pid) => stateOf(pid)?.name === name);
  return found.at(-1) ?? null;
}

function descendants(parent: number): number[] {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && stateOf(pid)?.parent === parent);
  return children.flatMap((pid) => [pid, ...descendants(pid)]);
}

function stateOf(pid: number): { name: string; parent: number } | null {
  try {
    const [, name = '', parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { name, parent: Number(parent) };
  } catch {
    return null; // it has ended meanwhile
  }
}
