import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { maskNames, namesIn } from './names.ts';

/** Consecutive messages of one person in one chat, names masked. */
export interface Chunk {
  person: string;
  chat: string;
  texts: string[];
}

interface Turn {
  speaker: string;
  clean_text: string;
}

interface Voice {
  person: string;
  chat: string;
  texts: string[];
}

/** What each person says in each chat of `realtalk/Chat_*.json`, in order, every name masked. */
export function readVoices(dataDir: string): Voice[] {
  const folder = path.join(dataDir, 'realtalk');
  const files = readdirSync(folder).filter((file) => /^Chat_.*\.json$/.test(file));
  const voices = files
    .toSorted()
    .flatMap((file) => voicesOf(file, JSON.parse(readFileSync(path.join(folder, file), 'utf8'))));
  const names = namesIn(
    voices.map(({ person }) => person),
    voices.flatMap(({ texts }) => texts),
  );
  return voices.map((voice) => ({ ...voice, texts: voice.texts.map((text) => maskNames(text, names)) }));
}

function voicesOf(chat: string, sessions: Record<string, unknown>): Voice[] {
  const said = new Map<string, string[]>();
  for (let n = 1; Array.isArray(sessions[`session_${n}`]); n++) {
    for (const { speaker, clean_text } of sessions[`session_${n}`] as Turn[]) {
      if (clean_text.trim() === '') continue;
      const person = speaker.toLowerCase();
      said.set(person, [...(said.get(person) ?? []), clean_text]);
    }
  }
  return [...said].map(([person, texts]) => ({ person, chat, texts }));
}

/** Runs of exactly `size` messages; what is left over at the end of a chat is left out. */
export function chunksOf(voices: readonly Voice[], size: number): Chunk[] {
  return voices.flatMap(({ person, chat, texts }) =>
    Array.from({ length: Math.floor(texts.length / size) }, (_, i) => ({
      person,
      chat,
      texts: texts.slice(i * size, (i + 1) * size),
    })),
  );
}
