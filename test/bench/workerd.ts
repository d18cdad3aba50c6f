import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unstable_startWorker } from 'wrangler';

// wrangler asks the network for a request.cf otherwise
process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= 'false';

const ROOT = join(import.meta.dirname, '../..');

/** A Worker in a workerd process of its own. */
export interface RunningWorker {
  /** POSTs a JSON body and returns the bytes of the answer. */
  post(body: unknown): Promise<ArrayBuffer>;
  /** CPU that the process has used since it started, all its threads, in ms. Linux only. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** Starts `entrypoint` (relative to the repository) with the built assets. */
export async function startWorkerd(entrypoint: string): Promise<RunningWorker> {
  const before = new Set(workerdProcesses());
  const worker = await unstable_startWorker({
    // without one, the configuration of the product would be found
    config: join(import.meta.dirname, 'wrangler.toml'),
    entrypoint: join(ROOT, entrypoint),
    dev: { persist: false, inspector: false, watch: false, logLevel: 'error', server: { port: 0 } },
  });
  await worker.ready;
  // looked up each time: the process of the Worker itself starts after that of wrangler's proxy
  const processes = () => workerdProcesses().filter((pid) => !before.has(pid));
  return {
    async post(body) {
      const response = await worker.fetch('http://bench.local/', { method: 'POST', body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`The benchmark worker answered ${response.status}.`);
      return response.arrayBuffer();
    },
    cpuMs: () => processes().reduce((sum, pid) => sum + processCpuMs(pid), 0),
    stop: () => worker.dispose(),
  };
}

/** Tells the CPU that the workerds now below this process have used since they started, in ms. Linux only. */
export function workerdMeter(): () => number {
  const pids = workerdProcesses(); // once: looking for them takes longer than what is measured
  return () => pids.reduce((sum, pid) => sum + processCpuMs(pid), 0);
}

/** Process ids of the workerds that this process, or a child of it, has started. */
function workerdProcesses(parent: number = process.pid): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid)?.pid === parent)
    .flatMap((pid) => (parentOf(pid)?.name === 'workerd' ? [pid] : workerdProcesses(pid)));
}

function parentOf(pid: number): { name: string; pid: number } | undefined {
  try {
    // "pid (name) state ppid …"
    const [, name, parent] = /\((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { name: name ?? '', pid: Number(parent) };
  } catch {
    return undefined; // it has ended meanwhile
  }
}

/** The kernel counts each thread in ns; threads that have ended are not in the sum. */
function processCpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return spent.reduce((sum, ns) => sum + ns, 0) / 1e6;
}
