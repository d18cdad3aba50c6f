import type { GapMessage } from '../../src/archaeology/gaps/gap-message.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { embeddingText } from '../../src/palace/embedding-text.ts';
import type { Sample } from './dataset.ts';
import { readLocomo } from './locomo.ts';
import { readRealtalk } from './realtalk.ts';

const DAY = 86_400_000;
const BATCH = 16;

/** A chat as the detector may see it. */
export interface GapChat {
  id: string;
  set: 'realtalk' | 'locomo';
  turns: GapMessage[];
  /**
   * Ids of turns right after which the data set itself lacks turns, by its own numbers (RealTalk left out pictures without
   * a caption): such a place is not intact. The detector is not given this.
   */
  lacking: ReadonlySet<string>;
}

/**
 * The chats without anything that would give a hole away: no turn numbers (`dia_id` counts turns, so ids are drawn anew
 * as letters and no sequence number is given), one conversation a chat (a missing `session_7` would show in the names),
 * and times as the source has them. RealTalk has a time for each turn. LoCoMo dates sessions only: each turn carries its
 * session's date, not a made-up time of its own, which would jump where turns are missing.
 * A vector is of one turn alone, so that none knows of a hidden neighbour; computing it once for all runs gives nothing away.
 */
export async function readGapChats(dataDir: string, embedder: Embedder | null): Promise<GapChat[]> {
  const samples: [GapChat['set'], Sample][] = [
    ...readRealtalk(dataDir).map((sample): [GapChat['set'], Sample] => ['realtalk', sample]),
    ...readLocomo(dataDir).map((sample): [GapChat['set'], Sample] => ['locomo', sample]),
  ];
  const chats: GapChat[] = [];
  for (const [set, sample] of samples) {
    const vectors = embedder === null ? null : await vectorsOf(sample, embedder);
    const sessionStart = new Map<string, number>();
    const turns = sample.messages.map((message, i): GapMessage => {
      const own = Date.parse(message.timestamp!);
      const session = message.conversation_id!;
      if (!sessionStart.has(session)) sessionStart.set(session, own);
      return {
        id: name(i, sample.messages.length),
        speaker: message.speaker!,
        at: set === 'locomo' ? sessionStart.get(session)! : own,
        content: message.content,
        vector: vectors?.[i] ?? null,
        sequence: null,
        deleted: false,
        source: null,
      };
    });
    chats.push({ id: sample.id, set, turns, lacking: lackingOf(sample, turns) });
  }
  return chats;
}

/** The same chat as an export that knows days only. */
export const withoutTimes = (chat: GapChat): GapChat => ({
  ...chat,
  turns: chat.turns.map((turn) => ({ ...turn, at: Math.floor(turn.at / DAY) * DAY })),
});

/** The same chat before it is embedded. */
export const withoutVectors = (chat: GapChat): GapChat => ({
  ...chat,
  turns: chat.turns.map((turn) => ({ ...turn, vector: null })),
});

/** Letters in an order that says nothing. */
const name = (i: number, count: number) =>
  `turn-${((i * 7919) % Math.max(count, 1)).toString(26).replace(/\d/g, (digit) => String.fromCharCode(113 + Number(digit)))}`;

function lackingOf({ messages }: Sample, turns: readonly GapMessage[]): Set<string> {
  const lacking = new Set<string>();
  for (let i = 0; i + 1 < messages.length; i++) {
    const [session, turn] = turnNumber(messages[i]!.message_id);
    const [nextSession, next] = turnNumber(messages[i + 1]!.message_id);
    if (session === nextSession && next !== turn + 1) lacking.add(turns[i]!.id);
  }
  return lacking;
}

/** "D3:12" is turn 12 of session 3. */
const turnNumber = (id: string): [number, number] => {
  const [session, turn] = id.slice(1).split(':').map(Number);
  return [session!, turn!];
};

async function vectorsOf(sample: Sample, embedder: Embedder): Promise<Float32Array[]> {
  const texts = sample.messages.map(({ content, speaker }) => embeddingText({ content, speaker: speaker ?? null }));
  const out: Float32Array[] = [];
  for (let i = 0; i < texts.length; i += BATCH) {
    const some = texts.slice(i, i + BATCH);
    const flat = await embedder.embed(some);
    for (let k = 0; k < some.length; k++) {
      out.push(flat.slice(k * embedder.dimensions, (k + 1) * embedder.dimensions));
    }
  }
  return out;
}
