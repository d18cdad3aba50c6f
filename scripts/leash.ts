import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import type { Socket } from 'node:net';

interface LeashOptions extends SpawnOptions {
  /** what the child gets when this process is gone, however it went (kill -9 too); whoever it leaves is killed */
  deathSignal: 'SIGINT' | 'SIGKILL';
  /** a command that runs the child in another user namespace; it must come before setpriv, which it would undo */
  outer?: readonly string[];
}

/**
 * Starts a child that does not outlive this process, nor do its own children. It leads its own process group, so that
 * Ctrl-C reaches this process alone. A watchdog ends the group when this process is gone; Linux's kernel does so for the
 * child itself (`setpriv`), even if the watchdog was killed before.
 */
export function spawnLeashed(command: string, args: readonly string[], options: LeashOptions): ChildProcess {
  const { deathSignal, outer = [], ...rest } = options;
  const leash = hasDeathSignals() ? ['setpriv', '--pdeathsig', deathSignal.slice(3)] : [];
  const [first, ...others] = [...outer, ...leash, command, ...args];
  const child = spawn(first!, others, { ...rest, detached: true });
  if (child.pid !== undefined) watch(child, deathSignal);
  return child;
}

/** `cat` ends when the writing end of its stdin, which only this process holds, is closed. $1 is the pid, $2 the signal. */
const WATCHDOG = 'cat >/dev/null; kill -s "$2" "$1"; [ "$2" = KILL ] || sleep 5; kill -s KILL -- "-$1"';

function watch(child: ChildProcess, deathSignal: string): void {
  const args = ['-c', WATCHDOG, 'watchdog', String(child.pid), deathSignal.slice(3)];
  const watchdog = spawn('sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  watchdog.on('error', () => {}); // no sh: the kernel's leash remains
  watchdog.unref();
  (watchdog.stdin as Socket).unref();
  child.once('exit', () => killGroup(watchdog)); // the pid may soon be another's
}

let known: boolean | undefined;
function hasDeathSignals(): boolean {
  known ??= process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  return known;
}

/** Resolves when the child has ended. */
export function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Ends a whole process group at once; nothing happens when it is gone already. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left in it
  }
}
