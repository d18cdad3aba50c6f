import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DateOrder, Importer, ImportOptions } from '../importers/importer.ts';
import { detectFormat, FORMATS, HEAD_BYTES, importerOf } from '../importers/registry.ts';
import { UserId } from '../messages/contract.ts';
import { ImportStateFile } from './import-state.ts';
import { type Io, UsageError } from './io.ts';
import { progress } from './progress.ts';
import { addressOf, type ConnectionOptions, importsFolder } from './settings.ts';
import { type Survey, surveyFile } from './survey.ts';

export interface ImportCommandOptions extends ConnectionOptions {
  user: string;
  format?: string;
  self?: string;
  tz: string;
  conversation?: string;
  dateOrder?: DateOrder;
  dryRun?: boolean;
  yes?: boolean;
  /** false after `--no-wait` */
  wait: boolean;
  /** seconds of failures in a row after which it gives up */
  giveUpAfter: number;
}

/** An import whose file was read once and found readable. */
export interface ImportJob {
  file: string;
  importer: Importer;
  reading: ImportOptions;
  survey: Survey;
  stateFile: ImportStateFile;
}

/** @throws UsageError if the import cannot begin */
export async function prepareImport(given: string, options: ImportCommandOptions, io: Io): Promise<ImportJob> {
  checkOptions(options);
  const file = path.resolve(io.cwd, given);
  const size = await sizeOf(file);
  const importer = await chooseImporter(file, options.format);
  const reading: ImportOptions = {
    timeZone: options.tz,
    fileName: file,
    ...(options.self === undefined ? {} : { self: options.self }),
    ...(options.conversation === undefined ? {} : { conversation: options.conversation }),
    ...(options.dateOrder === undefined ? {} : { dateOrder: options.dateOrder }),
  };
  const bar = progress(io, 'Reading', size, 'bytes');
  const survey = await surveyFile(file, importer, reading, (bytes) => bar.update(bytes)).finally(() => bar.stop());
  const url = addressOf(options, io.env).href;
  // the path is part of it: WhatsApp conversations are named after it
  const identity = [survey.sha256, url, options.user, importer.format, JSON.stringify(reading)];
  return { file, importer, reading, survey, stateFile: new ImportStateFile(importsFolder(io.env), identity) };
}

function checkOptions(options: ImportCommandOptions): void {
  const user = UserId.safeParse(options.user);
  if (!user.success) throw new UsageError(`--user: ${user.error.issues[0]?.message ?? 'not an id'}`);
  try {
    new Intl.DateTimeFormat('en', { timeZone: options.tz });
  } catch {
    throw new UsageError(`--tz: "${options.tz}" is no IANA time zone, such as Europe/Lisbon.`);
  }
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw new UsageError(`There is no file ${file}, or it cannot be read.`);
  if (!found.isFile()) throw new UsageError(`${file} is not a file.`);
  return found.size;
}

async function chooseImporter(file: string, format: string | undefined): Promise<Importer> {
  if (format !== undefined) {
    const named = importerOf(format);
    if (named === undefined) throw new UsageError(`--format: "${format}" is none of ${FORMATS.join(', ')}.`);
    return named;
  }
  const handle = await open(file).catch(() => {
    throw new UsageError(`${file} cannot be read.`);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const found = detectFormat(buffer.subarray(0, bytesRead), file);
    if ('importer' in found) return found.importer;
    throw new UsageError(`${file} cannot be imported: ${found.reason}. If that is wrong, give --format.`);
  } finally {
    await handle.close();
  }
}
