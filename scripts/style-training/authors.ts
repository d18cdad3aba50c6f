import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure } from '../../src/mirror/style/measure.ts';
import { readVoices } from '../../test/eval/authorship/chunks.ts';

/** One author's messages on one occasion, as counts, in order. */
export interface Writing {
  author: string;
  counts: Float64Array[];
}

/** What the same authors wrote on two occasions. */
export interface Occasions {
  one: Writing[];
  other: Writing[];
}

interface LocomoTurn {
  speaker: string;
  text?: string;
}

/** PAN 2015 accounts without what they passed on; first and second half. */
export function readAccounts(dataDir: string): Occasions {
  const lines = readFileSync(join(dataDir, 'pan15/users.jsonl'), 'utf8').trim().split('\n');
  const writings = lines.map((line) => {
    const { id, messages } = JSON.parse(line) as { id: string; messages: string[] };
    return writing(
      id,
      messages.filter((text) => !/\bRT\b/.test(text)),
    );
  });
  return halves(writings);
}

/** Speakers of LoCoMo, captions of pictures left out; first and second half. */
export function readSpeakers(dataDir: string): Occasions {
  const samples = JSON.parse(readFileSync(join(dataDir, 'locomo/conversations.json'), 'utf8')) as {
    sample_id: string;
    conversation: Record<string, unknown>;
  }[];
  return halves(
    samples.flatMap(({ sample_id, conversation }) => {
      const said = new Map<string, string[]>();
      for (let n = 1; Array.isArray(conversation[`session_${n}`]); n++) {
        for (const { speaker, text } of conversation[`session_${n}`] as LocomoTurn[]) {
          if (text) said.set(speaker, [...(said.get(speaker) ?? []), text]);
        }
      }
      return [...said].map(([speaker, texts]) => writing(`${sample_id} ${speaker}`, texts));
    }),
  );
}

/** People of RealTalk, names masked; one chat and the other. */
export function readChats(dataDir: string): Occasions {
  const chats = [...Map.groupBy(readVoices(dataDir), ({ person }) => person).values()];
  const of = (i: number) => chats.flatMap((mine) => (mine[i] ? [writing(mine[i].person, mine[i].texts)] : []));
  return { one: of(0), other: of(1) };
}

function halves(writings: readonly Writing[]): Occasions {
  const part = (from: number, to: number) =>
    writings.map(({ author, counts }) => ({ author, counts: counts.slice(from * counts.length, to * counts.length) }));
  return { one: part(0, 0.5), other: part(0.5, 1) };
}

const writing = (author: string, texts: readonly string[]): Writing => ({
  author,
  counts: texts.map((text) => measure(text).counts),
});
