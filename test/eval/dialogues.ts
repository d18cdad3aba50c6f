import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readLocomo } from './locomo.ts';

/** A conversation as a list of turns: what one speaker said before another took over. */
export interface Dialogue {
  id: string;
  /** lower case; empty where the set names none */
  speakers: string[];
  turns: string[];
  /** of each turn, where the set names them */
  saidBy?: string[];
}

/** One hidden turn among ten, as the data fix it. */
export interface HiddenTurn {
  id: string;
  set: 'dailydialog' | 'realtalk' | 'other' | 'reply';
  /** oldest first, the last one right before */
  before: string[];
  after: string[];
  candidates: string[];
  gold: number;
}

interface RawHiddenTurn {
  id: string;
  before: (string | { text: string })[];
  after?: string[];
  candidates: string[];
  gold: number;
}

const FILES: Record<HiddenTurn['set'], string> = {
  dailydialog: 'dailydialog/hidden_turn_10.jsonl',
  realtalk: 'realtalk/hidden_turn_10_same_chat.jsonl',
  other: 'realtalk/hidden_turn_10_other.jsonl',
  reply: 'realtalk/reply_prediction_10_same_speaker.jsonl',
};

/** Hidden turns of one set: `realtalk` has distractors of the same chat, `other` of other chats, `reply` the person's own. */
export function readHiddenTurns(dataDir: string, set: HiddenTurn['set']): HiddenTurn[] {
  return readLines<RawHiddenTurn>(path.join(dataDir, FILES[set])).map(({ id, before, after, candidates, gold }) => ({
    ...{ id, set, candidates, gold },
    before: before.map((turn) => (typeof turn === 'string' ? turn : turn.text)),
    after: after ?? [],
  }));
}

/** All conversations of the folder: DailyDialog's, the RealTalk chats, the sessions of LoCoMo. */
export function readDialogues(dataDir: string): Dialogue[] {
  const daily = readLines<string[]>(path.join(dataDir, 'dailydialog/dialogues.jsonl'));
  return [
    ...daily.map((turns, i) => ({ id: `dailydialog/${i}`, speakers: [], turns })),
    ...realtalkChats(path.join(dataDir, 'realtalk')),
    ...locomoSessions(dataDir),
  ];
}

interface ChatTurn {
  speaker: string;
  clean_text: string;
}

/** One dialogue a chat; consecutive messages of one speaker in one session make a turn, as in the hidden-turn files. */
function realtalkChats(folder: string): Dialogue[] {
  const files = readdirSync(folder).filter((name) => /^Chat_.*\.json$/.test(name));
  return files.sort().map((file) => {
    const chat = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Record<string, unknown>;
    const speakers = new Set<string>();
    const turns: string[] = [];
    const saidBy: string[] = [];
    for (let n = 1; Array.isArray(chat[`session_${n}`]); n++) {
      let last: string | undefined;
      for (const { speaker, clean_text: text } of chat[`session_${n}`] as ChatTurn[]) {
        if (text === '') continue;
        if (speaker === last) turns.push(`${turns.pop()!}\n${text}`);
        else {
          turns.push(text);
          saidBy.push(speaker.toLowerCase());
        }
        last = speaker;
        speakers.add(speaker.toLowerCase());
      }
    }
    return { id: `realtalk/${file}`, speakers: [...speakers], turns, saidBy };
  });
}

function locomoSessions(dataDir: string): Dialogue[] {
  return readLocomo(dataDir).flatMap(({ id, messages }) => {
    const sessions = Map.groupBy(messages, ({ message_id }) => message_id.split(':')[0]!);
    return [...sessions].map(([session, said]) => ({
      id: `locomo/${id}/${session}`,
      speakers: [...new Set(said.map(({ speaker }) => `${id}/${speaker}`))],
      turns: said.map(({ content }) => content),
    }));
  });
}

const readLines = <Row>(file: string): Row[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
