import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { FORMATS } from '../importers/registry.ts';
import { ConnectionError, ProblemError, UnexpectedAnswerError } from '../sdk/errors.ts';
import { type DoctorCommandOptions, doctorCommand } from './doctor-command.ts';
import { importCommand } from './import-command.ts';
import type { ImportCommandOptions } from './import-job.ts';
import { type Io, UsageError } from './io.ts';
import { type SearchCommandOptions, searchCommand } from './search-command.ts';
import { DEFAULT_URL } from './settings.ts';
import { type StatusCommandOptions, statusCommand } from './status-command.ts';

const EXIT_CODES = `
Exit codes:
  0  done
  1  done in part: faults in the file, the service did not answer or is degraded; running it again is safe
  2  not done: wrong options, no such file, unknown format, wrong key`;

const IMPORT_HELP = `
Roles: the person of --user gets role "user"; everybody they talk with, human or AI, role "assistant", with their
name as speaker. Chats between people (whatsapp, or jsonl without roles) need --self: the person's name, as the
file spells it. --dry-run shows the names.

Importing a file again, or a later export of the same chat, stores only what is new. An import that was interrupted
goes on where it stopped. Formats: ${FORMATS.join(', ')}.
`;

/** Runs the command line. @returns the exit code */
export async function runCli(args: string[], io: Io): Promise<number> {
  let code = 0;
  const program = commands(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return exitCodeOf(error, io);
  }
}

function commands(io: Io, finish: (code: number) => void): Command {
  const program = new Command('palimpsest')
    .description('Import chats into Palimpsest and search them.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) })
    .addHelpText('after', EXIT_CODES);
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--url <URL>', `address of the service (PALIMPSEST_URL; default ${DEFAULT_URL})`)
      .option('--key <KEY>', 'API key (PALIMPSEST_KEY; for a local server the one that npm start made)');

  command('import <file>', 'Import the export of a chat')
    .requiredOption('--user <U>', 'the person remembered')
    .option('--format <F>', `one of ${FORMATS.join(', ')}; default: by the file`)
    .option('--self <NAME>', 'the name of that person in the file')
    .option('--tz <ZONE>', 'IANA zone of times without an offset', 'UTC')
    .option('--conversation <ID>', 'conversation of messages whose export names none')
    .addOption(
      new Option('--date-order <ORDER>', 'order in numeric dates; default: by the file').choices(['dmy', 'mdy', 'ymd']),
    )
    .option('--dry-run', 'show what the file holds, send nothing')
    .option('--yes', 'do not ask')
    .option('--no-wait', 'do not wait until everything is searchable')
    .option('--give-up-after <SECONDS>', 'give up when the service has not answered for so long', positive, 300)
    .addHelpText('after', IMPORT_HELP + EXIT_CODES)
    .action(async (file: string, options: ImportCommandOptions) => finish(await importCommand(file, options, io)));

  command('search <query>', 'Search the memories of a person')
    .requiredOption('--user <U>', 'the person remembered')
    .option('--top-k <N>', 'how many results, 1 to 100', topK, 10)
    .option('--explain', "show every signal's share of the score")
    .option('--json', "print the service's answer")
    .action(async (query: string, options: SearchCommandOptions) => finish(await searchCommand(query, options, io)));

  command('status', 'Show whether the service works, and what it holds of a person')
    .option('--user <U>', 'the person remembered')
    .action(async (options: StatusCommandOptions) => finish(await statusCommand(options, io)));

  command('doctor', 'Look at a deployment and say what is wrong with it, and what to do')
    .option('--json', 'print what was found as JSON')
    .action(async (options: DoctorCommandOptions) => finish(await doctorCommand(options, io)));
  return program;
}

function topK(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 100) throw new InvalidArgumentError('It must be 1 to 100.');
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function exitCodeOf(error: unknown, io: Io): number {
  // commander has written its own text; its code 0 is --help
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    io.err(`palimpsest: ${error.message}`);
    return 2;
  }
  if (error instanceof ProblemError) {
    io.err(`palimpsest: ${error.detail} (${error.code}${error.requestId ? `, request ${error.requestId}` : ''})`);
    for (const fault of error.faults) io.err(`  ${fault.in} ${fault.pointer}: ${fault.detail}`);
    return error.status === 401 || error.status === 403 || error.status === 400 ? 2 : 1;
  }
  if (error instanceof ConnectionError || error instanceof UnexpectedAnswerError) {
    io.err(`palimpsest: ${error.message}`);
    return 1;
  }
  throw error;
}
