import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Embedder } from '../../src/embedding/embedder.ts';
import type { Report } from '../bench/report.ts';
import { bootstrapMean } from './bootstrap-ci.ts';
import { lastTime, type Sample, type SentMessage, withCaption } from './dataset.ts';
import { openIndex } from './in-process.ts';

interface Turn {
  speaker: string;
  dia_id: string;
  text: string;
  blip_caption?: string;
  date_time: string;
}

/** Several wordings of one question. `relevant_docs` are places of turns in the conversation, from 0. */
interface RawGroup {
  questions: string[];
  relevant_docs: number[];
}

interface TemporalQuestion {
  /** as in the metric names: `date_span`, `rel_day` … */
  type: string;
  text: string;
  /** message ids */
  gold: ReadonlySet<string>;
}

interface TemporalSample extends Sample {
  asked: TemporalQuestion[];
}

/** The metric name of questions with a content beside the time; they stand beside the mean, not in it. */
const CONTENT = 'content_time';
/** "01:56:04 AM on Monday 08 May, 2023" */
const TURN_DATE = /^(\d+):(\d+):(\d+) (AM|PM) on \w+ (\d+) (\w+), (\d+)$/;

/**
 * R-precision by type of question over `temporal/`: the share of relevant turns among the first R results, R being their
 * number. Each wording counts as one question; `mean` is the mean over the types of `time_qs/`. "Now" is the time of the
 * last turn, as the set has it: "today" is the day of the last session, and "last session" is that session.
 *
 * R goes up to over 200 and the service's `top_k` ends at 100, so the search runs in this process and is asked for R
 * results; the ranking is the product's own.
 */
export async function temporalSuite(
  dataDir: string,
  embedder: Embedder,
  kernel: WebAssembly.Module,
  report: Report,
): Promise<void> {
  const scores = new Map<string, number[]>();
  for (const sample of readTemporal(dataDir)) {
    const now = lastTime(sample);
    const ask = await openIndex(sample, embedder, kernel);
    for (const { type, text, gold } of sample.asked) {
      const { ids } = await ask(text, { topK: gold.size, now });
      const hits = ids.filter((id) => gold.has(id)).length;
      scores.set(type, [...(scores.get(type) ?? []), hits / gold.size]);
    }
  }
  const means: number[] = [];
  for (const [type, values] of [...scores].toSorted()) {
    const { mean, low, high } = bootstrapMean(values);
    report({ metric: `rprec/${type}`, value: mean, unit: 'fraction', n: values.length });
    console.error(`rprec/${type}: 95 % interval ${low.toFixed(4)} to ${high.toFixed(4)}`);
    if (type !== CONTENT) means.push(mean);
  }
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  report({ metric: 'rprec/mean', value: mean, unit: 'fraction', n: means.length });
}

/** Whatever files there are: a question file needs its conversation. */
export function readTemporal(dataDir: string): TemporalSample[] {
  const folder = path.join(dataDir, 'temporal');
  const files = new Map<string, Record<string, RawGroup[]>>();
  for (const name of jsonFiles(path.join(folder, 'time_qs'))) {
    files.set(name.replace(/^test_|\.json$/g, ''), read(path.join(folder, 'time_qs', name)));
  }
  const content = path.join(folder, 'content_time_qs', 'content_time_qs.json');
  if (existsSync(content)) files.set(CONTENT, read(content));
  return jsonFiles(path.join(folder, 'ConversationData')).map((name) => {
    const id = `file_${name.replace(/\.json$/, '')}`;
    const messages = messagesOf(read(path.join(folder, 'ConversationData', name)));
    const asked = [...files].flatMap(([type, groups]) => questionsOf(type, groups[id] ?? [], messages));
    return { id, messages, questions: [], asked };
  });
}

function questionsOf(type: string, groups: readonly RawGroup[], messages: readonly SentMessage[]): TemporalQuestion[] {
  return groups.flatMap(({ questions, relevant_docs: places }) => {
    const gold = new Set(places.flatMap((place) => messages[place]?.message_id ?? []));
    return gold.size === 0 ? [] : questions.map((text) => ({ type, text, gold }));
  });
}

function messagesOf(raw: Record<string, unknown>): SentMessage[] {
  const messages: SentMessage[] = [];
  const sessions = Object.keys(raw).flatMap((key) => Number(/^session_(\d+)$/.exec(key)?.[1]) || []);
  for (const n of sessions.toSorted((a, b) => a - b)) {
    for (const turn of raw[`session_${n}`] as Turn[]) {
      messages.push({
        content: withCaption(turn.text, turn.blip_caption) || '…',
        speaker: turn.speaker,
        conversation_id: `session_${n}`,
        timestamp: turnTime(turn.date_time),
        message_id: `${turn.dia_id}`,
      });
    }
  }
  return messages;
}

/** Read as UTC. */
function turnTime(text: string): string {
  const [, hour, minute, second, half, day, month, year] = TURN_DATE.exec(text) ?? [];
  if (year === undefined) throw new Error(`Not a turn date: ${text}`);
  const midnight = Date.parse(`${day} ${month} ${year} 00:00:00 UTC`);
  const hours = (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  return new Date(midnight + ((hours * 60 + Number(minute)) * 60 + Number(second)) * 1_000).toISOString();
}

const read = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;
const jsonFiles = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.json'));
