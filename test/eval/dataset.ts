import type { z } from 'zod';
import type { NewMessage } from '../../src/messages/contract.ts';

/** A message as a client would send it; fields with a default may be left out. */
export type SentMessage = z.input<typeof NewMessage> & { message_id: string };

export interface Question {
  text: string;
  /** as in the metric names: `multi-hop`, `temporal` … */
  category: string;
  /** ids of the turns that hold the answer; empty where the set names none */
  gold: readonly string[];
}

/** One long conversation, in order, with its questions. */
export interface Sample {
  id: string;
  messages: SentMessage[];
  questions: Question[];
}

/** What a client sends of a turn with a picture: the caption belongs to what was said. */
export function withCaption(text: string, caption: string | undefined): string {
  return caption === undefined ? text : `${text} [shares an image: ${caption}]`.trimStart();
}

/** Questions are asked when all has been said: the time of the newest message, epoch ms; now where none has a time. */
export function lastTime({ messages }: Sample): number {
  const times = messages.flatMap(({ timestamp }) => (timestamp === undefined ? [] : Date.parse(timestamp)));
  return times.length === 0 ? Date.now() : times.reduce((a, b) => Math.max(a, b));
}
