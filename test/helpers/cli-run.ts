import type { Io } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/program.ts';

export interface CliRun {
  code: number;
  out: string;
  err: string;
}

/** Runs the command line in this process, with its own environment and no terminal. */
export async function cli(args: string[], env: Io['env'], answer = false, interactive = false): Promise<CliRun> {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env,
    cwd: env.PALIMPSEST_STATE ?? '/',
    interactive,
    ask: async () => answer,
  };
  const code = await runCli(args, io);
  return { code, out: out.join('\n'), err: err.join('\n') };
}
