import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface Services {
  /** connection string of a migrated database */
  databaseUrl: string;
  /** `host:port` of the Neon proxy before it */
  neonProxy: string;
  /** connection string of the superuser's own database */
  adminUrl: string;
  stop(): Promise<void>;
}

/** Starts scripts/test-services.ts; it ends with `stop`, or with this process. */
export async function startServices(): Promise<Services> {
  const script = path.join(import.meta.dirname, '../../scripts/test-services.ts');
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    void exited.then(() => reject(new Error('the test services did not start')));
  });
  const stop = () => {
    child.stdin.end();
    return exited;
  };
  return { ...(JSON.parse(line) as Omit<Services, 'stop'>), stop };
}
