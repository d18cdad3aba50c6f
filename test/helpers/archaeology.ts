import { vi } from 'vitest';
import type { DigView } from '../../src/archaeology/digs/contract.ts';
import type { ReconstructAnswer } from '../../src/archaeology/reconstruct/contract.ts';
import type { NewMessage } from '../../src/messages/contract.ts';
import type { Client } from './client.ts';
import { dialogue } from './mirror.ts';

/** Turns that the other one's export has and the person's record lacks, by their place in the dialogue. */
export const LOST = [8, 9];

const talk = () => dialogue(12, 'talk');

/** A dialogue from which the turns at `LOST` are missing. */
export const record = (): Partial<NewMessage>[] => talk().filter((_, i) => !LOST.includes(i));

/** The other participant's export of the whole dialogue, by a clock that is a minute ahead. */
export const otherExport = () =>
  talk().map(({ role, content, timestamp }, i) => ({
    id: `theirs-${i}`,
    speaker: role === 'user' ? 'Ana' : 'Me',
    timestamp: new Date(Date.parse(timestamp!) + 60_000).toISOString(),
    content: content!,
  }));

export const lostText = (i: number): string => talk()[LOST[i]!]!.content!;

/** The messages beside what was lost, by the ids that the client gave them. */
export const BESIDE = {
  after_message_id: talk()[LOST[0]! - 1]!.message_id!,
  before_message_id: talk()[LOST.at(-1)! + 1]!.message_id!,
};

/** Has the other export compared, and the lost turns rebuilt from it. @returns ids of the reconstructions, in order */
export async function rebuilt(client: Client, userId: string): Promise<string[]> {
  await client.post(`/users/${userId}/merge`, { conversation_id: 'talk', messages: otherExport() });
  const made = await client.post<ReconstructAnswer>(`/users/${userId}/reconstruct`, BESIDE);
  return made.body.messages.flatMap(({ retrieval }) => retrieval?.id ?? []);
}

/** The dig once it has ended. */
export const ended = (client: Client, userId: string, id: string): Promise<DigView> =>
  vi.waitFor(
    async () => {
      const { body } = await client.get<DigView>(`/users/${userId}/digs/${id}`);
      if (body.finished_at === null) throw new Error(`The dig stands at ${body.progress}.`);
      return body;
    },
    { timeout: 10_000 },
  );
