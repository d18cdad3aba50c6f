import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Sample, type SentMessage, withCaption } from './dataset.ts';

interface Turn {
  speaker: string;
  dia_id: string;
  text: string;
  blip_caption?: string;
}

interface RawSample {
  sample_id: string;
  conversation: Record<string, string | Turn[]>;
}

interface RawQuestion {
  question: string;
  category: number;
  evidence: string[];
}

const CATEGORIES = ['multi-hop', 'temporal', 'open-domain', 'single-hop', 'adversarial'];
/** The set dates sessions, not turns. */
const TURN_MS = 5_000;
const SESSION_DATE = /^(\d+):(\d+) (am|pm) on (\d+) (\w+), (\d+)$/;

/** The LoCoMo layout: `locomo/conversations.json` and the cleaned `locomo/evidence.json`. */
export function readLocomo(dataDir: string): Sample[] {
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(dataDir, 'locomo', file), 'utf8'));
  const samples = read('conversations.json') as RawSample[];
  const evidence = read('evidence.json') as Record<string, RawQuestion[]>;
  return samples.map(({ sample_id: id, conversation }) => ({
    id,
    messages: sessionsOf(conversation),
    questions: (evidence[id] ?? []).map(({ question, category, evidence: gold }) => ({
      text: question,
      category: CATEGORIES[category - 1] ?? String(category),
      gold,
    })),
  }));
}

function sessionsOf(conversation: RawSample['conversation']): SentMessage[] {
  const messages: SentMessage[] = [];
  for (let n = 1; ; n++) {
    const date = conversation[`session_${n}_date_time`];
    if (typeof date !== 'string') return messages;
    const turns = conversation[`session_${n}`];
    if (!Array.isArray(turns)) continue; // the set dates sessions of which it has no turns
    const start = sessionTime(date);
    for (const [i, turn] of turns.entries()) {
      messages.push({
        content: withCaption(turn.text, turn.blip_caption),
        speaker: turn.speaker,
        conversation_id: `session_${n}`,
        timestamp: new Date(start + i * TURN_MS).toISOString(),
        message_id: turn.dia_id,
      });
    }
  }
}

/** "1:56 pm on 8 May, 2023", read as UTC. */
function sessionTime(text: string): number {
  const [, hour, minute, half, day, month, year] = SESSION_DATE.exec(text) ?? [];
  if (month === undefined) throw new Error(`Not a session date: ${text}`);
  const midnight = Date.parse(`${day} ${month} ${year} 00:00:00 UTC`);
  return midnight + (((Number(hour) % 12) + (half === 'pm' ? 12 : 0)) * 60 + Number(minute)) * 60_000;
}
