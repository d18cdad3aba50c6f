import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';

interface LeashOptions extends SpawnOptions {
  /** what the child gets when this process is gone, however it went (kill -9 too) */
  deathSignal: 'SIGINT' | 'SIGKILL';
  /** a command that runs the child in another user namespace; it must come before the leash, which it would undo */
  outer?: readonly string[];
}

/**
 * Starts a child that does not outlive this process. Linux's kernel sees to that (`setpriv --pdeathsig`); elsewhere a
 * watchdog process does. The child leads its own process group, so that Ctrl-C reaches this process alone.
 */
export function spawnLeashed(command: string, args: readonly string[], options: LeashOptions): ChildProcess {
  const { deathSignal, outer = [], ...rest } = options;
  const [first, ...others] = [...outer, ...deathSignalPrefix(deathSignal), command, ...args];
  const child = spawn(first!, others, { ...rest, detached: true });
  if (!hasDeathSignals() && child.pid !== undefined) {
    const watchdog = path.join(import.meta.dirname, 'watchdog.ts');
    const guard = spawn(process.execPath, [watchdog, String(child.pid), deathSignal], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    guard.unref(); // its stdin ends with this process
  }
  return child;
}

/** The words to put before a command so that the kernel signals it when its parent dies; none where that is unknown. */
export function deathSignalPrefix(signal: 'SIGINT' | 'SIGKILL'): string[] {
  return hasDeathSignals() ? ['setpriv', '--pdeathsig', signal.slice(3)] : [];
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
