import { count, type Io, plural, printable } from './io.ts';
import type { FaultLog, Survey } from './survey.ts';

const SHOWN_SPEAKERS = 30;

/** What a file holds, for `--dry-run` and for choosing `--self`. */
export function describeFile(io: Io, survey: Survey, format: string, timeZone: string): void {
  const { messages, conversations, first, last } = survey;
  io.out(`${plural(messages, 'message')} in ${plural(conversations.size, 'conversation')} (${format})`);
  if (first !== undefined && last !== undefined) io.out(`From ${first} to ${last}; local times read as ${timeZone}`);
  describeSpeakers(io.out, survey);
  if (survey.undecided === 0) {
    const { user, assistant, system } = survey.byRole;
    io.out(`Roles: user ${count(user)}, assistant ${count(assistant)}, system ${count(system)}`);
  }
  describeLeftOut(io, survey.skipped, survey.faults);
  for (const note of survey.notes) io.out(`Note: ${printable(note.text)}`);
}

/** Who speaks in the file, the most talkative first. */
export function describeSpeakers(write: (line: string) => void, survey: Survey): void {
  const speakers = [...survey.speakers].sort((a, b) => b[1] - a[1]);
  if (speakers.length === 0) return;
  write('Speakers:');
  for (const [name, messages] of speakers.slice(0, SHOWN_SPEAKERS))
    write(`  ${count(messages).padStart(9)}  ${printable(name)}`);
  if (speakers.length > SHOWN_SPEAKERS) write(`  and ${count(speakers.length - SHOWN_SPEAKERS)} more`);
}

export function describeLeftOut(io: Io, skipped: Survey['skipped'], faults: FaultLog): void {
  const total = [...skipped.values()].reduce((sum, n) => sum + n, 0);
  const reasons = [...skipped].map(([reason, n]) => `${reason}: ${count(n)}`).join(', ');
  io.out(`Skipped: ${count(total)}${total > 0 ? ` (${reasons})` : ''}`);
  io.out(`Faults: ${count(faults.total)}`);
  for (const fault of faults.first) io.out(`  ${printable(fault.at)}: ${printable(fault.reason)}`);
  if (faults.total > faults.first.length) io.out(`  and ${count(faults.total - faults.first.length)} more`);
}

export interface Totals {
  /** messages that the service has, from this run or an interrupted one before it */
  stored: number;
  accepted: number;
  duplicates: number;
  seconds: number;
}

/** The end of an import. */
export function describeImport(io: Io, totals: Totals, survey: Survey): void {
  const rate = totals.seconds > 0 ? Math.round(totals.stored / totals.seconds) : 0;
  io.out(`Read: ${plural(survey.messages, 'message')}`);
  io.out(`New: ${count(totals.accepted)}`);
  io.out(`Duplicates: ${count(totals.duplicates)}`);
  describeLeftOut(io, survey.skipped, survey.faults);
  io.out(`Time: ${totals.seconds.toFixed(1)} s (${count(rate)} messages a second)`);
}
