import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findFragments } from '../src/archaeology/fragments/find-fragments.ts';
import { hiddenTrial, isSaid } from '../src/archaeology/reconstruct/calibrate-person.ts';
import { evidenceScore } from '../src/archaeology/reconstruct/composition.ts';
import { fitNear } from '../src/archaeology/reconstruct/confidence.ts';
import { FRAGMENT_FEATURES, fragmentFeatures } from '../src/archaeology/reconstruct/fragment-chance.ts';
import { piecesOf } from '../src/archaeology/reconstruct/pieces.ts';
import { loadNodeEmbedder } from '../src/embedding/node.ts';
import { brier, expectedCalibrationError, type Platt, plattAt, sigmoid } from '../src/statistics/calibration.ts';
import { tokenize } from '../src/text/tokenize.ts';
import { type GapChat, readGapChats } from '../test/eval/gap-chats.ts';
import { MemoryHistory } from '../test/helpers/memory-history.ts';
import { type Case, fitNewton, logit } from './gap-training/newton.ts';

const FILE = join(import.meta.dirname, '../src/archaeology/reconstruct/calibration.json');
/** Lengths of the runs that are hidden. */
const RUNS = [1, 1, 2, 3, 5];
const HIDDEN_A_PERSON = 100;
const MARGIN = 5;
const SIDES = { before: 30, after: 20 };
const RIDGE = 1;
/** What factors are held near: few people repeat themselves in these chats, and few cases must not be carried far. */
const PRIORS: Record<'past' | 'composition', Platt> = { past: { a: 0.5, b: -5 }, composition: { a: 1, b: 0 } };
const USAGE = `usage: npm run train:reconstruction -- --data DIR
Hides turns of RealTalk and LoCoMo in DIR and learns how far fragments and past turns can be trusted; writes
src/archaeology/reconstruct/calibration.json. The same data give the same numbers. Figures on stderr are of chats that
were left out of the fit.`;

interface FragmentCase extends Case {
  chat: string;
}
interface Scored {
  chat: string;
  score: number;
  held: boolean;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { data: { type: 'string' } } });
  if (values.data === undefined) {
    console.error(USAGE);
    return 2;
  }
  const embedder = await loadNodeEmbedder();
  const chats = await readGapChats(values.data, embedder);
  const fragments = fitFragments(chats.flatMap(fragmentCases));
  const composed = chats.flatMap((chat) => compositionCases(chat, fragments));
  const calibration = {
    version: '1',
    fragments: { bias: round(fragments[0]!), weights: [...fragments.subarray(1)].map(round) },
    past: rounded(
      factorsOf(
        'past',
        chats.flatMap((chat) => pastCases(chat, embedder.model)),
      ),
    ),
    composition: rounded(factorsOf('composition', composed)),
  };
  // numbers in one line, as the formatter has them
  const text = JSON.stringify(calibration, null, 2).replace(/\[[^\]]*\]/g, (list) => list.replace(/\s+/g, ' '));
  writeFileSync(FILE, `${text.replaceAll('[ ', '[').replaceAll(' ]', ']')}\n`);
  return 0;
}

/** Runs are hidden before anything looks at the chat: what is looked at are lists without them. */
function* hiddenRuns({ turns }: GapChat) {
  let n = 0;
  for (let at = MARGIN; at + MARGIN + 5 < turns.length; at += 2) {
    const missing = RUNS[n++ % RUNS.length]!;
    const hidden = turns.slice(at, at + missing);
    const before = turns.slice(Math.max(0, at - SIDES.before), at);
    const after = turns.slice(at + missing, at + missing + SIDES.after);
    const speaker = missing === 1 ? hidden[0]!.speaker : null;
    const setting = { place: { after: after.map((turn) => ({ ...turn, isOwn: false })) }, missing, speaker };
    const found = findFragments({ speaker, before, after, elsewhere: [] });
    yield { setting, found, text: hidden.map(({ content }) => content).join('\n') };
  }
}

function fragmentCases(chat: GapChat): FragmentCase[] {
  const cases: FragmentCase[] = [];
  for (const { setting, found, text } of hiddenRuns(chat)) {
    const said = new Set(tokenize(text));
    for (const fragment of found) {
      const terms = [...new Set(tokenize(fragment.text))];
      if (terms.length === 0) continue;
      const label = Number(terms.filter((term) => said.has(term)).length >= terms.length / 2);
      cases.push({ chat: chat.id, features: fragmentFeatures(fragment, setting), label, weight: 1 });
    }
  }
  return cases;
}

function fitFragments(cases: readonly FragmentCase[]): Float64Array {
  const width = FRAGMENT_FEATURES.length;
  const chances: number[] = [];
  const labels: number[] = [];
  for (const chat of new Set(cases.map((each) => each.chat))) {
    const weights = fitNewton(
      cases.filter((each) => each.chat !== chat),
      width,
      RIDGE,
    );
    for (const each of cases.filter((one) => one.chat === chat)) {
      chances.push(sigmoid(logit(weights, each.features)));
      labels.push(each.label);
    }
  }
  tell('fragments', chances, labels);
  return fitNewton(cases, width, RIDGE);
}

function compositionCases(chat: GapChat, weights: Float64Array): Scored[] {
  const cases: Scored[] = [];
  for (const { setting, found, text } of hiddenRuns(chat)) {
    const weighed = found.map((fragment) => ({
      fragment,
      chance: sigmoid(logit(weights, fragmentFeatures(fragment, setting))),
    }));
    const pieces = piecesOf(weighed, () => 0, 12);
    if (pieces.length > 0) cases.push({ chat: chat.id, score: evidenceScore(pieces), held: isSaid(pieces, text) });
  }
  return cases;
}

/** Each speaker in turn is the person; each of their turns is hidden by `MemoryHistory` before their past is asked. */
function pastCases(chat: GapChat, model: string): Scored[] {
  return [...new Set(chat.turns.map(({ speaker }) => speaker))].flatMap((person) => {
    const messages = chat.turns.map((turn) => ({ ...turn, isOwn: turn.speaker === person }));
    const history = new MemoryHistory(messages, { model });
    return history.knownTurns(HIDDEN_A_PERSON).flatMap((turn) => {
      const { past } = history.hide(turn.id, (ports) => hiddenTrial(turn, ports));
      return past === null ? [] : [{ chat: chat.id, ...past }];
    });
  });
}

function factorsOf(name: 'past' | 'composition', cases: readonly Scored[]): Platt {
  const fitted = (some: readonly Scored[]) =>
    fitNear(
      PRIORS[name],
      some.map(({ score }) => score),
      some.map(({ held }) => held),
    );
  const left = cases.map((one) => one.chat);
  const byChat = new Map([...new Set(left)].map((chat) => [chat, fitted(cases.filter((one) => one.chat !== chat))]));
  tell(
    name,
    cases.map(({ chat, score }) => plattAt(byChat.get(chat)!, score)),
    cases.map(({ held }) => Number(held)),
  );
  return fitted(cases);
}

/** How chances of chats that were left out hold. */
function tell(name: string, chances: readonly number[], labels: readonly number[]): void {
  const rate = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const order = [...chances.keys()].sort((a, b) => chances[b]! - chances[a]!);
  const top = order.slice(0, Math.max(1, Math.floor(order.length / 100)));
  const meanOf = (values: readonly number[]) => top.reduce((sum, i) => sum + values[i]!, 0) / top.length;
  console.error(
    `${name}: n ${labels.length}, held ${rate.toFixed(4)}, Brier ${brier(chances, labels).toFixed(4)} (constant ` +
      `${(rate * (1 - rate)).toFixed(4)}), ECE ${expectedCalibrationError(chances, labels).toFixed(4)}, ` +
      `likeliest 1 %: shown ${meanOf(chances).toFixed(3)}, held ${meanOf(labels).toFixed(3)}`,
  );
}

const round = (value: number) => Math.round(value * 1e4) / 1e4;
const rounded = ({ a, b }: Platt): Platt => ({ a: round(a), b: round(b) });

process.exit(await main());
