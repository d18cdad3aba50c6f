import { spawn } from 'node:child_process';
import path from 'node:path';
import { z } from 'zod';
import quietEnv from '../quiet-env.json' with { type: 'json' };
import { UserError } from '../user-error.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const WRANGLER = path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js');

const Deployment = z.object({
  versions: z.array(z.object({ version_id: z.string(), percentage: z.number() })).min(1),
});
export type Deployment = z.infer<typeof Deployment>;
const PastDeployment = Deployment.extend({ created_on: z.iso.datetime({ offset: true }) });
const Version = z.object({
  id: z.string(),
  number: z.number(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Version = z.infer<typeof Version>;

/** Runs wrangler. @returns its stdout. @throws UserError with its last words when it fails */
export type RunWrangler = (args: readonly string[]) => Promise<string>;

interface WranglerOptions {
  env: 'staging' | 'production';
  /** prints commands instead of running them; those that only read are run nevertheless where they can be */
  isDryRun: boolean;
  say(line: string): void;
  run: RunWrangler;
}

/** The commands of wrangler that a release is made of. Each is said before it is run. */
export class Wrangler {
  private readonly options: WranglerOptions;

  constructor(options: WranglerOptions) {
    this.options = options;
  }

  /** The present deployment: one version, or two while one is rolled out. */
  async status(): Promise<Deployment> {
    return Deployment.parse(JSON.parse(await this.read(['deployments', 'status', '--json'])));
  }

  /** All deployments, the newest first. */
  async deployments(): Promise<Deployment[]> {
    const all = z.array(PastDeployment).parse(JSON.parse(await this.read(['deployments', 'list', '--json'])));
    return all.sort((a, b) => Date.parse(b.created_on) - Date.parse(a.created_on));
  }

  async versions(): Promise<Version[]> {
    return z.array(Version).parse(JSON.parse(await this.read(['versions', 'list', '--json'])));
  }

  async upload(tag: string, message: string): Promise<void> {
    await this.change(['versions', 'upload', '--tag', tag, '--message', message]);
  }

  async deploy(split: readonly [id: string, percentage: number][], message: string): Promise<void> {
    const shares = split.map(([id, percentage]) => `${id}@${percentage}`);
    await this.change(['versions', 'deploy', ...shares, '--yes', '--message', message]);
  }

  async rollback(id: string, message: string): Promise<void> {
    await this.change(['rollback', id, '--yes', '--message', message]);
  }

  private read(args: readonly string[]): Promise<string> {
    return this.options.run(this.inEnv(args));
  }

  private async change(args: readonly string[]): Promise<void> {
    const whole = this.inEnv(args);
    this.options.say(
      `$ wrangler ${whole.map((word) => (/^[\w@%.,:=/-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')}`,
    );
    if (!this.options.isDryRun) await this.options.run(whole);
  }

  private inEnv = (args: readonly string[]): string[] => [...args, '--env', this.options.env];
}

/** The wrangler of this repository, as a process of its own. */
export const runWrangler =
  (more: Readonly<Record<string, string>> = {}): RunWrangler =>
  (args) =>
    new Promise((resolve, reject) => {
      const env = { ...process.env, ...quietEnv, CI: '1', ...more };
      const child = spawn(process.execPath, [WRANGLER, ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
      const [out, err]: [string[], string[]] = [[], []];
      child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
      child.once('error', reject);
      child.once('close', (code) => {
        if (code === 0) return resolve(out.join(''));
        const words = (out.join('') + err.join('')).trim().split('\n').slice(-12).join('\n');
        reject(new UserError(`wrangler ${args.slice(0, 2).join(' ')} failed:\n${words}`));
      });
    });
