import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Sample, type SentMessage, withCaption } from './dataset.ts';

interface Turn {
  speaker: string;
  dia_id: string;
  clean_text: string;
  date_time: string;
  blip_caption?: string;
}

interface RawQuestion {
  q: string;
  cat: number;
  ev: string[];
}

const CATEGORIES = ['multi-hop', 'temporal', 'commonsense'];
const TURN_DATE = /^(\d+)\.(\d+)\.(\d+), (\d+):(\d+):(\d+)$/;

/** The RealTalk layout: `realtalk/Chat_*.json` and `realtalk/evidence.json`. A chat is one conversation. */
export function readRealtalk(dataDir: string): Sample[] {
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(dataDir, 'realtalk', file), 'utf8'));
  const evidence = read('evidence.json') as Record<string, RawQuestion[]>;
  return Object.entries(evidence).map(([file, questions]) => ({
    id: file.replace(/\.json$/, ''),
    messages: messagesOf(read(file) as Record<string, unknown>),
    questions: questions.map(({ q, cat, ev }) => ({
      text: q,
      category: CATEGORIES[cat - 1] ?? String(cat),
      gold: ev,
    })),
  }));
}

function messagesOf(chat: Record<string, unknown>): SentMessage[] {
  const messages: SentMessage[] = [];
  for (let n = 1; Array.isArray(chat[`session_${n}`]); n++) {
    for (const turn of chat[`session_${n}`] as Turn[]) {
      messages.push({
        content: withCaption(turn.clean_text, turn.blip_caption),
        speaker: turn.speaker,
        conversation_id: 'chat',
        timestamp: turnTime(turn.date_time),
        message_id: turn.dia_id,
      });
    }
  }
  // a turn may hold nothing but a picture without caption: no client sends that
  return messages.filter(({ content }) => content !== '');
}

/** "29.12.2023, 22:42:04", read as UTC. */
function turnTime(text: string): string {
  const [day, month, year, hour, minute, second] = (TURN_DATE.exec(text) ?? []).slice(1).map(Number);
  if (second === undefined) throw new Error(`Not a turn date: ${text}`);
  return new Date(Date.UTC(year!, month! - 1, day, hour, minute, second)).toISOString();
}
