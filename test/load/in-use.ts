import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { debianTool } from '../../scripts/debian.ts';
import type { RunningApp } from './served.ts';

/** What a process of workerd uses, without what its allocators keep for later. MiB. */
export interface InUse {
  /** allocated by native code and not freed: SQLite with its page caches, sockets, what objects of JavaScript own */
  native: number;
  /** objects of JavaScript that a full collection left, and those that the runtime ties to them */
  heap: number;
}

/** An isolate that does nothing answers no inspector until it wakes; it has nothing to collect either. */
const ANSWER_MS = 4_000;
/** What TCMalloc says of itself is longer than this, but not what is read of it. */
const STATS_BYTES = 65_536;

/**
 * Collects all garbage of an app and reads what is in use then. Memory that the operating system counts (RSS) is no measure
 * of that: TCMalloc, which workerd is linked with, gives none back, so that it shows the highest that ever was, and how
 * scattered small things lie. gdb stops the process for about a second and asks TCMalloc itself.
 *
 * @param app started for inspection
 * @throws Error without gdb, or where it may not attach
 * @see https://github.com/google/tcmalloc/blob/master/docs/stats.md
 */
export async function inUseOf({ inspector, workerd }: RunningApp): Promise<InUse> {
  if (inspector === null) throw new Error('the app was not started for inspection');
  const heap = await collect(inspector);
  return { native: await nativeOf(workerd), heap };
}

/** @returns MiB that are left in all isolates that are awake @throws Error if the Worker's own does not answer */
async function collect(inspector: string): Promise<number> {
  const isolates = (await (await fetch(`${inspector}/json`)).json()) as { id: string; webSocketDebuggerUrl: string }[];
  const left = await Promise.all(
    isolates.map(async ({ id, webSocketDebuggerUrl }) => {
      const bytes = await collectOne(webSocketDebuggerUrl);
      if (bytes === null && id.startsWith('core:user:')) throw new Error(`${id} did not answer its inspector`);
      return bytes ?? 0;
    }),
  );
  return left.reduce((total, bytes) => total + bytes, 0) / 2 ** 20;
}

/** @returns bytes that are left; null: it does not answer */
async function collectOne(url: string): Promise<number | null> {
  const socket = new WebSocket(url.replaceAll('#', '%23'));
  const answers = new Map<number, (result: Record<string, number>) => void>();
  socket.on('message', (data) => {
    const { id, result = {} } = JSON.parse(String(data));
    answers.get(id)?.(result);
  });
  const ask = (id: number, method: string) =>
    new Promise<Record<string, number>>((resolve) => {
      answers.set(id, resolve);
      socket.send(JSON.stringify({ id, method }));
    });
  const work = async () => {
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    await ask(1, 'HeapProfiler.collectGarbage');
    const { usedSize = 0, embedderHeapUsedSize = 0 } = await ask(2, 'Runtime.getHeapUsage');
    return usedSize + embedderHeapUsedSize;
  };
  try {
    return await Promise.race([work(), sleep(ANSWER_MS, null, { ref: false })]);
  } catch {
    return null; // not an isolate that can be inspected
  } finally {
    socket.on('error', () => {}).terminate();
  }
}

const run = promisify(execFile);

/** MiB that TCMalloc has given out. */
async function nativeOf(pid: number): Promise<number> {
  const gdb = debianTool({ package: 'gdb-minimal', binary: 'gdb' });
  const steps = [
    'set pagination off',
    'set auto-solib-add off',
    `file ${readlinkSync(`/proc/${pid}/exe`)}`,
    `attach ${pid}`,
    `set $text = (char*)((void*(*)(unsigned long))malloc)(${STATS_BYTES})`,
    `set $length = ((int(*)(char*, unsigned long))TCMalloc_Internal_GetStats)($text, ${STATS_BYTES})`,
    'printf "%s\\n", $text',
    'call ((void(*)(void*))free)($text)',
    'detach',
  ];
  const args = ['-nx', '-batch', ...steps.flatMap((step) => ['-ex', step])];
  const { stdout, stderr } = await run(gdb, args, { maxBuffer: 2 ** 24 });
  const [, bytes] = /(\d+) \([^)]*\) Bytes in use by application/.exec(stdout) ?? [];
  if (bytes === undefined) throw new Error(`gdb could not read workerd's memory: ${stderr.trim().split('\n').at(-1)}`);
  return Number(bytes) / 2 ** 20;
}
