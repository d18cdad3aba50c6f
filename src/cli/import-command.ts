import { createReadStream } from 'node:fs';
import type { PalimpsestClient } from '../sdk/client.ts';
import { ConnectionError, ProblemError } from '../sdk/errors.ts';
import { DEFAULT_RETRIES, mayPass, type RetryPolicy, withRetries } from '../sdk/retry.ts';
import { batches } from './batches.ts';
import { type ImportCommandOptions, type ImportJob, prepareImport } from './import-job.ts';
import { describeFile, describeImport, describeSpeakers } from './import-report.ts';
import { type ImportState, newImportState } from './import-state.ts';
import { count, type Io, plural, printable, UsageError } from './io.ts';
import { progress } from './progress.ts';
import { waitUntilSearchable } from './searchable.ts';
import { connect } from './settings.ts';
import type { Survey } from './survey.ts';
import { sendBatch, upload } from './upload.ts';

const STALLED_MS = 600_000;

/**
 * Reads the file once to learn what it holds, then again to send it.
 *
 * @returns 0 all of the file is stored and searchable; 1 a part of it is not
 * @throws UsageError before anything was sent
 */
export async function importCommand(file: string, options: ImportCommandOptions, io: Io): Promise<0 | 1> {
  const startedAt = Date.now();
  const job = await prepareImport(file, options, io);
  const { survey } = job;
  if (options.dryRun) {
    describeFile(io, survey, job.importer.format, options.tz);
    return survey.faults.total > 0 ? 1 : 0;
  }
  requireSelf(survey, options, io);
  await confirm(survey, options, io);
  const client = connect(options, io);
  const state = await resume(job, client, options, io);
  const stored = await send(job, client, state, options, io);
  const searchable = stored && (await wait(job, client, state, options, io));
  const totals = {
    stored: state.acknowledged,
    accepted: state.accepted,
    duplicates: state.duplicates,
    seconds: (Date.now() - startedAt) / 1000,
  };
  describeImport(io, totals, survey);
  if (survey.fatal)
    io.err('The file could not be read to its end. Mend it and run the same command: nothing is stored twice.');
  return searchable && survey.faults.total === 0 ? 0 : 1;
}

/** Roles cannot be guessed, and a wrong one would spoil the profile: the person must be named, as the file spells them. */
function requireSelf(survey: Survey, options: ImportCommandOptions, io: Io): void {
  const nobody = options.self !== undefined && survey.messages > 0 && survey.byRole.user === 0;
  if (survey.undecided === 0 && !nobody) return;
  describeSpeakers(io.err, survey);
  throw new UsageError(
    nobody
      ? `No message is by "${options.self}". Give --self as one of the names above.`
      : `The file names people. Say which of them is user "${options.user}": --self NAME.`,
  );
}

/** A guess about the file is confirmed by the person who sits there; a script goes on. */
async function confirm(survey: Survey, options: ImportCommandOptions, io: Io): Promise<void> {
  for (const note of survey.notes) io.err(`Note: ${printable(note.text)}`);
  if (!survey.notes.some((note) => note.guess) || !io.interactive || options.yes) return;
  if (!(await io.ask(`Import ${plural(survey.messages, 'message')} all the same?`)))
    throw new UsageError('Nothing was imported.');
}

const retriesOf = (options: ImportCommandOptions, onWait?: RetryPolicy['onWait']): RetryPolicy => ({
  ...DEFAULT_RETRIES,
  giveUpAfterMs: options.giveUpAfter * 1000,
  ...(onWait ? { onWait } : {}),
});

/** Where the last run of this import stopped; the start, if the service no longer has what it had acknowledged. */
async function resume(
  job: ImportJob,
  client: PalimpsestClient,
  options: ImportCommandOptions,
  io: Io,
): Promise<ImportState> {
  const state = job.stateFile.load();
  if (state === undefined || state.lastId === null) return newImportState();
  const { lastId } = state;
  try {
    await withRetries(() => client.message(options.user, lastId), retriesOf(options));
  } catch (error) {
    // anything else will show, with a way to go on, when the first batch is sent
    if (error instanceof ProblemError && error.status === 404) {
      io.err('The service no longer has what an interrupted import had stored; starting again.');
      return newImportState();
    }
  }
  io.err(`Resuming after ${plural(state.acknowledged, 'message')} that are stored.`);
  return state;
}

/** Sends what `state` does not hold yet, and keeps `state` and its file up to date. @returns false if it gave up */
async function send(
  job: ImportJob,
  client: PalimpsestClient,
  state: ImportState,
  options: ImportCommandOptions,
  io: Io,
): Promise<boolean> {
  const bar = progress(io, 'Sending', job.survey.messages, 'messages');
  const policy = retriesOf(options, (error, ms) => {
    if (!io.interactive) io.err(`${error.message} Trying again in ${(ms / 1000).toFixed(1)} s.`);
  });
  const items = job.importer.read(createReadStream(job.file, { highWaterMark: 256 * 1024 }), job.reading);
  bar.update(state.acknowledged);
  try {
    await upload(
      batches(items, state.acknowledged),
      (batch) => sendBatch(client, options.user, batch, policy),
      (result) => {
        state.acknowledged += result.size;
        state.accepted += result.accepted;
        state.duplicates += result.duplicates;
        state.lastId = result.lastId ?? state.lastId;
        if (result.taskId !== undefined) state.tasks.push(result.taskId);
        for (const refused of result.refused) job.survey.faults.add(refused);
        job.stateFile.save(state);
        bar.update(state.acknowledged);
      },
    );
    job.stateFile.remove();
    return true;
  } catch (error) {
    bar.stop();
    return stopped(error, state, job, io);
  } finally {
    bar.stop();
  }
}

/** A failure in the middle: says what is done and how to go on. */
function stopped(error: unknown, state: ImportState, job: ImportJob, io: Io): false {
  const refused = error instanceof ProblemError && !mayPass(error);
  if (refused && state.acknowledged === 0) throw new UsageError(`${error.code}: ${error.detail}`);
  if (!(error instanceof ProblemError || error instanceof ConnectionError)) throw error;
  io.err(`Stopped: ${error.message}`);
  io.err(
    `${count(state.acknowledged)} of ${plural(job.survey.messages, 'message')} are stored. ` +
      'Run the same command again to go on from there.',
  );
  return false;
}

async function wait(
  job: ImportJob,
  client: PalimpsestClient,
  state: ImportState,
  options: ImportCommandOptions,
  io: Io,
): Promise<boolean> {
  if (!options.wait || state.tasks.length === 0) return true;
  const bar = progress(io, 'Making searchable', state.accepted, 'messages');
  const result = await waitUntilSearchable(client, state.tasks, {
    retries: retriesOf(options),
    stalledMs: STALLED_MS,
    onProgress: (done) => bar.update(Math.min(done, state.accepted)),
  })
    .catch((error: unknown) => {
      if (!mayPass(error)) throw error;
      return { failed: [], open: state.tasks.length };
    })
    .finally(() => bar.stop());
  for (const { taskId, reason } of result.failed)
    job.survey.faults.add({ at: `task ${taskId}`, reason: `not searchable: ${reason}` });
  if (result.open > 0) io.err('Everything is stored; a part is not searchable by meaning yet. See "status".');
  return result.open === 0 && result.failed.length === 0;
}
