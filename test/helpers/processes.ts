import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  pid: number;
  parent: number;
  command: string;
}

/** The living processes below `root`, itself included, by Linux's /proc. */
export function processTree(root: number): ProcessInfo[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => describe(Number(name)));
  const tree = all.filter((process) => process.pid === root);
  for (const { pid } of tree) tree.push(...all.filter((process) => process.parent === pid)); // grows while it is read
  return tree;
}

/** Whether it runs; one that has ended and was not yet collected by its parent does not. */
export const isRunning = (pid: number): boolean => describe(pid).length > 0;

function describe(pid: number): ProcessInfo[] {
  try {
    const [, state, parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return state === 'Z' ? [] : [{ pid, parent: Number(parent), command }];
  } catch {
    return []; // it ended meanwhile
  }
}
