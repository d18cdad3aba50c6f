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

/** When a process began, as text that only serves to compare: with the pid it names one process for good. Null: none. */
export function startOf(pid: number): string | null {
  if (process.platform !== 'linux') return ask(pid, 'lstart=');
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null; // field 22, "starttime": see proc(5)
  } catch {
    return null;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function ask(pid: number, column: string): string | null {
  return spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() || null;
}
