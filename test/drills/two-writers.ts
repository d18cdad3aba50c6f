import { parseArgs } from 'node:util';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from '../bench/report.ts';
import type { ServerClient } from '../e2e/server-client.ts';
import { drained, reconcile } from './equal.ts';
import { onStage, type Stage } from './stage.ts';

const USER = 'kim';
/** Each writer's share that the other sends as well. */
const SHARED = 0.3;
/** One in so many batches is sent twice. */
const AGAIN = 0.2;
const MOST_BATCH = 50;
const DRAIN_MS = 1_800_000;

interface Note {
  message_id: string;
  content: string;
}

/**
 * `npm run drill -- two-writers [--messages N] [--seed N]`: two clients write N messages each to one user at the same
 * time, some of them the same, some twice. What is held afterwards is exactly the union, here and in Postgres.
 *
 * @returns what went wrong, a line each
 */
export function twoWriters(args: readonly string[], report: Report): Promise<string[]> {
  const { values } = parseArgs({
    args: [...args],
    options: { messages: { type: 'string', default: '10000' }, seed: { type: 'string', default: '20261122' } },
  });
  return onStage({}, (stage) => play(stage, Number(values.messages), Number(values.seed), report));
}

async function play({ client }: Stage, count: number, seed: number, report: Report): Promise<string[]> {
  const shared = Math.floor(count * SHARED);
  const noteOf = (id: string): Note => ({ message_id: id, content: `Note ${id}: the codeword was zq${id}x` });
  const both = Array.from({ length: shared }, (_, i) => noteOf(`both-${i}`));
  const own = (writer: string) => Array.from({ length: count - shared }, (_, i) => noteOf(`${writer}-${i}`));
  const lists = ['one', 'two'].map((writer, i) => shuffled([...own(writer), ...both], seeded(seed + i)));
  const union = new Map(lists.flat().map(({ message_id, content }) => [message_id, content]));
  const begun = performance.now();
  const sent = await Promise.all(lists.map((notes, i) => write(client, notes, seeded(seed + 2 + i))));
  const all = sent.reduce((sum, n) => sum + n, 0);
  report({ metric: 'written', value: performance.now() - begun, unit: 'ms', n: all });
  await drained(client, [USER], DRAIN_MS);
  report({ metric: 'drained', value: performance.now() - begun, unit: 'ms', n: all });
  const kept = await client.messages(USER);
  const ids = new Set(kept.map(({ message_id }) => message_id));
  const missing = [...union.keys()].filter((id) => !ids.has(id)).length;
  const foreign = kept.filter(({ message_id, content }) => union.get(message_id) !== content).length;
  const doubled = kept.length - ids.size;
  report({ metric: 'union', value: kept.length, unit: 'messages', n: all, baseline: union.size });
  report({ metric: 'lost', value: missing, unit: 'messages', n: all, baseline: 0 });
  report({ metric: 'duplicated', value: doubled, unit: 'messages', n: all, baseline: 0 });
  const answer = await reconcile(client, USER);
  return [
    ...(missing > 0 ? [`${missing} messages are lost`] : []),
    ...(doubled > 0 ? [`${doubled} messages are there more than once`] : []),
    ...(foreign > 0 ? [`${foreign} messages are not as they were sent`] : []),
    ...(answer.equal ? [] : [`object and Postgres differ: ${JSON.stringify(answer)}`]),
  ];
}

/** @returns how many messages went over the wire */
async function write(client: ServerClient, notes: readonly Note[], random: () => number): Promise<number> {
  let sent = 0;
  for (let at = 0; at < notes.length; ) {
    const messages = notes.slice(at, at + 1 + Math.floor(random() * MOST_BATCH));
    at += messages.length;
    for (let times = random() < AGAIN ? 2 : 1; times > 0; times--) {
      const answer = await client.send('POST', '/messages', { user_id: USER, messages });
      await answer.text();
      if (!answer.ok) throw new Error(`refused: ${answer.status}`);
      sent += messages.length;
    }
  }
  return sent;
}

/** Fisher-Yates. */
function shuffled<T>(list: T[], random: () => number): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}
