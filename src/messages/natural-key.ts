import { sha256 } from '@noble/hashes/sha2.js';
import { hexOf } from '../shared/hex.ts';
import { ulid } from '../shared/ids.ts';
import type { NewMessage } from './contract.ts';

/** A message with its identity, ready to be stored. Times in epoch ms. */
export interface PreparedMessage {
  id: string;
  /** 32 hex digits: the first 128 bits of a SHA-256, or random ones */
  naturalKey: string;
  messageId: string | null;
  conversationId: string;
  role: NewMessage['role'];
  speaker: string | null;
  content: string;
  sentAt: number;
  metadata: string | null;
  keystrokes: string | null;
}

/**
 * Gives a message its identity. The natural key is the client's `message_id`, else conversation, role, speaker, time
 * and content; the end of the id is taken from it, so that the same message has the same id wherever it is seen.
 * A message with neither `message_id` nor `timestamp` counts as said now, hence as new each time it is sent, also twice in
 * one millisecond or one batch: its key is random.
 *
 * @param now epoch ms
 */
export function prepareMessage(message: NewMessage, now: number): PreparedMessage {
  const sentAt = message.timestamp === undefined ? now : Date.parse(message.timestamp);
  const speaker = message.speaker ?? null;
  const digest = digestFor(message, sentAt);
  return {
    id: ulid(sentAt, digest),
    naturalKey: keyOf(digest),
    messageId: message.message_id ?? null,
    conversationId: message.conversation_id,
    role: message.role,
    speaker,
    content: message.content,
    sentAt,
    metadata: message.metadata === undefined ? null : JSON.stringify(message.metadata),
    keystrokes: message.keystrokes === undefined ? null : JSON.stringify(message.keystrokes),
  };
}

/** The natural key of a message that the client named. */
export const naturalKeyOfMessageId = (messageId: string): string => keyOf(digestOf([messageId]));

function digestFor(message: NewMessage, sentAt: number): Uint8Array {
  const { message_id, conversation_id, role, speaker = null, content, timestamp } = message;
  if (message_id !== undefined) return digestOf([message_id]);
  if (timestamp === undefined) return crypto.getRandomValues(new Uint8Array(16));
  return digestOf([conversation_id, role, speaker, sentAt, content]);
}

const encoder = new TextEncoder();
/** For a line of text this is faster here than `node:crypto`, which makes native objects for the collector. */
const digestOf = (identity: readonly unknown[]): Uint8Array => sha256(encoder.encode(JSON.stringify(identity)));
const keyOf = (digest: Uint8Array): string => hexOf(digest.subarray(0, 16));
