import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sameAuthorLogit, shownProbability } from '../src/mirror/style/same-author.ts';
import type { StyleWeights } from '../src/mirror/style/weights.ts';
import { auc, brier, expectedCalibrationError } from '../src/statistics/calibration.ts';
import { type Occasions, readAccounts, readChats, readSpeakers, type Writing } from './style-training/authors.ts';
import { calibrationPairs, FALSE_ALARMS, fitted, homes, ownMessages, type Sets } from './style-training/fit.ts';

const FILE = join(import.meta.dirname, '../src/mirror/style/weights.json');
/** Which people are left out, by their place in a set of at least four; sets of more repeat the pattern. */
const FOLDS = [
  [0, 1],
  [2, 3],
  [0, 2],
  [1, 3],
];
const SETS = ['accounts', 'speakers', 'chats'] as const;
const USAGE = `usage: node scripts/train-style.ts --data DIR
Fits src/mirror/style/weights.json: what authors do and how they differ from the accounts of PAN15 and the speakers of
LoCoMo in DIR, the calibration from those speakers and the people of RealTalk; the same data give the same numbers. Figures on
stderr are of people who were left out of the fit. The discounts of the groups of evidence stand in the file and are
kept: they were set by hand.`;

interface Judged {
  p: number[];
  y: boolean[];
  messages: number;
  alarms: number;
}

function main(): number {
  const { values } = parseArgs({ options: { data: { type: 'string' } } });
  if (values.data === undefined) {
    console.error(USAGE);
    return 2;
  }
  const { version, groups } = JSON.parse(readFileSync(FILE, 'utf8')) as StyleWeights;
  const { data } = values;
  const sets = { accounts: readAccounts(data), speakers: readSpeakers(data), chats: readChats(data) };
  crossValidate(sets, version, groups);
  writeFileSync(FILE, `${JSON.stringify(fitted(sets, version, groups), rounded)}\n`);
  // as the check of the repository wants it
  const biome = join(import.meta.dirname, '../node_modules/.bin/biome');
  return spawnSync(biome, ['format', '--write', FILE], { stdio: ['ignore', 2, 2] }).status ?? 1;
}

/** Everyone is judged by weights that were fitted without them. */
function crossValidate(sets: Sets, version: string, groups: StyleWeights['groups']): void {
  const judged = SETS.map((): Judged => ({ p: [], y: [], messages: 0, alarms: 0 }));
  for (const fold of FOLDS) {
    const weights = fitted(part(sets, fold, false), version, groups);
    for (const [i, [held, home]] of homes(part(sets, fold, true), weights).entries()) judge(held, home, judged[i]!);
  }
  for (const [i, name] of SETS.entries()) {
    const { p, y, messages, alarms } = judged[i]!;
    const figures = { n: p.length, auc: auc(p, y), brier: brier(p, y), ece: expectedCalibrationError(p, y) };
    const alarm = { messages, alarms: alarms / messages, asked: FALSE_ALARMS };
    console.error(`${name}, left out:`, JSON.stringify({ ...figures, ...alarm }, rounded));
  }
}

function judge(held: Occasions, weights: StyleWeights, into: Judged): void {
  for (const { a, b, isSame } of calibrationPairs(held)) {
    into.p.push(shownProbability(sameAuthorLogit(a, b, weights)));
    into.y.push(isSame);
  }
  for (const { words, logit } of ownMessages(held, weights)) {
    into.messages++;
    if (logit < (weights.alarm.findLast((line) => words >= line.words)?.below ?? -Infinity)) into.alarms++;
  }
}

function part({ accounts, speakers, chats }: Sets, fold: readonly number[], isHeld: boolean): Sets {
  const people = (writings: readonly Writing[]) => writings.filter((_, i) => fold.includes(i % 4) === isHeld);
  const of = ({ one, other }: Occasions) => ({ one: people(one), other: people(other) });
  return { accounts: of(accounts), speakers: of(speakers), chats: of(chats) };
}

/** Three digits carry all that the data can tell. */
const rounded = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(3)) : value;

process.exit(main());
