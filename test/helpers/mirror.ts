import { runInDurableObject } from 'cloudflare:test';
import type { Owner } from '../../src/auth/contract.ts';
import type { NewMessage } from '../../src/messages/contract.ts';
import { objectOf } from './person.ts';

const REMARKS = [
  ['How was the market?', 'Wonderful, I bought ripe plums and far too much cheese again.'],
  ['Do you want to swim today?', 'Yes, the lake is warm and I love the evening light there.'],
  ['Are you angry about the train?', 'I hate waiting, it was awful and I was really sad to miss the start.'],
  ['Shall we cook tonight?', 'Let us make lentils with lemon, quick and simple.'],
  ['Did you call your brother?', 'Not yet, I will call him on Sunday when he is home.'],
] as const;

/** A dialogue of `rounds` questions, each with an answer of the person; all different, in one conversation. */
export const dialogue = (rounds: number, conversation_id = 'talk'): Partial<NewMessage>[] =>
  Array.from({ length: rounds }, (_, i) => {
    const [question, answer] = REMARKS[i % REMARKS.length]!;
    const at = (minute: number) =>
      new Date(Date.UTC(2026, 2, 1 + Math.floor(i / 4), 9 + (i % 4), minute)).toISOString();
    return [
      {
        message_id: `${conversation_id}-q${i}`,
        role: 'assistant' as const,
        content: `${question} (${i})`,
        conversation_id,
        timestamp: at(1),
      },
      {
        message_id: `${conversation_id}-a${i}`,
        role: 'user' as const,
        content: `${answer} Number ${i}.`,
        conversation_id,
        timestamp: at(2),
      },
    ];
  }).flat();

const OF_PROFILE = ['mirror_state', 'mirror_part', 'mirror_late', 'decision', 'prediction'] as const;

/** Everything that an object holds of a person's profile: rows by table, and answers that may show some of it. */
export const profileRows = (owner: Owner): Promise<Record<string, number>> =>
  runInDurableObject(objectOf(owner), (_object, { storage: { sql } }) => {
    const count = (what: string) => Number(sql.exec(`SELECT COUNT(*) AS n FROM ${what}`).one().n);
    const rows = Object.fromEntries(OF_PROFILE.map((table) => [table, count(table)]));
    return { ...rows, answers: count('idempotency WHERE inferences IS NOT NULL') };
  });
