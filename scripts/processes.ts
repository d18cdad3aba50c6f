import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process's command line, words joined by spaces; null when there is no such process. */
export function commandLineOf(pid: number): string | null {
  if (process.platform !== 'linux') return ask(pid, 'command=');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return null;
  }
}

/**
 * When a process began, as text that only serves to compare: with the pid it names one process for good. Null: there is
 * none, or it has ended and its parent has not collected it (for ever so where pid 1 is no init, as in many containers).
 */
export function startOf(pid: number): string | null {
  if (process.platform !== 'linux') return ask(pid, 'lstart=');
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on, see proc(5)
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function ask(pid: number, column: string): string | null {
  return spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() || null;
}
