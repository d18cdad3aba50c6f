import type { NewMessage } from '../messages/contract.ts';
import type { NewNote } from './memories/contract.ts';
import { Category } from './rooms/contract.ts';

/** Notes are messages of this conversation, so that keeping, finding, restoring and exporting them is the same code. */
export const NOTES = 'notes';

/** What its writer said about a note; null: to be found out. */
export interface Note {
  category: Category | null;
  salience: number | null;
  palaceId: string | null;
}

/** The message that keeps a note. */
export function noteMessage({ content, timestamp, category, salience, palace_id }: NewNote): NewMessage {
  return {
    content,
    role: 'user',
    conversation_id: NOTES,
    metadata: { kind: 'note', category, salience, palace_id },
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

/** Null for a message that is none. Whoever sends a message may set its metadata, so nothing in it is relied on. */
export function noteOf(message: { conversation_id: string; metadata: string | null }): Note | null {
  if (message.conversation_id !== NOTES || message.metadata === null) return null;
  const { kind, category, salience, palace_id }: Record<string, unknown> = JSON.parse(message.metadata) ?? {};
  if (kind !== 'note') return null;
  const known = Category.safeParse(category);
  return {
    category: known.success ? known.data : null,
    salience: typeof salience === 'number' && salience >= 0 && salience <= 1 ? salience : null,
    palaceId: typeof palace_id === 'string' ? palace_id : null,
  };
}
