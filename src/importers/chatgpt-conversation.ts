import { z } from 'zod';

/** What is read of one entry of `conversations.json`. Everything else in it is ignored. */
const Node = z.object({
  parent: z.string().nullish(),
  message: z
    .object({
      id: z.string().min(1),
      author: z.object({ role: z.string() }),
      recipient: z.string().nullish(),
      create_time: z.number().nullish(),
      content: z
        .object({ content_type: z.string(), parts: z.array(z.unknown()).nullish(), text: z.string().nullish() })
        .nullish(),
      metadata: z.object({ is_visually_hidden_from_conversation: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
});
type Node = z.infer<typeof Node>;

export const Conversation = z.object({
  id: z.string().nullish(),
  conversation_id: z.string().nullish(),
  create_time: z.number().nullish(),
  current_node: z.string().nullish(),
  mapping: z.record(z.string(), Node),
});
export type Conversation = z.infer<typeof Conversation>;

export type GptMessage = NonNullable<Node['message']>;

/** The messages ChatGPT shows, oldest first, and those of answers and edits that were replaced. */
export interface Branches {
  current: GptMessage[];
  others: GptMessage[];
}

/**
 * Follows the tree of a conversation from `current_node` up to the root. Old exports name no current node: then it is the
 * leaf that was written last. A parent that is missing, or that closes a circle, ends the branch.
 */
export function branchesOf(conversation: Conversation): Branches {
  const { mapping } = conversation;
  const named = conversation.current_node ?? undefined;
  let at = named !== undefined && mapping[named] !== undefined ? named : latestLeaf(mapping);
  const branch = new Set<string>();
  while (at !== undefined && mapping[at] !== undefined && !branch.has(at)) {
    branch.add(at);
    at = mapping[at]?.parent ?? undefined;
  }
  const messageOf = (id: string) => mapping[id]?.message ?? undefined;
  const present = (message: GptMessage | undefined) => message !== undefined;
  return {
    current: [...branch].reverse().map(messageOf).filter(present),
    others: Object.keys(mapping)
      .filter((id) => !branch.has(id))
      .map(messageOf)
      .filter(present),
  };
}

function latestLeaf(mapping: Conversation['mapping']): string | undefined {
  const parents = new Set(Object.values(mapping).map((node) => node.parent));
  let latest: string | undefined;
  let latestTime = Number.NEGATIVE_INFINITY;
  for (const [id, node] of Object.entries(mapping)) {
    const time = node.message?.create_time ?? 0;
    if (parents.has(id) || time < latestTime) continue;
    latest = id;
    latestTime = time;
  }
  return latest;
}

/** The text of a message: its text parts and the transcripts of speech; images and files are left out. */
export function textOf(message: GptMessage): string {
  return (message.content?.parts ?? [])
    .map(partText)
    .filter((text) => text !== '')
    .join('\n');
}

const Transcript = z.object({ content_type: z.literal('audio_transcription'), text: z.string() });

function partText(part: unknown): string {
  if (typeof part === 'string') return part;
  const transcript = Transcript.safeParse(part);
  return transcript.success ? transcript.data.text : '';
}

/** @returns why a message was never said in the conversation, or undefined if it was */
export function reasonToSkip(message: GptMessage): string | undefined {
  if (!['user', 'assistant', 'system'].includes(message.author.role)) return 'written by a tool';
  if (message.recipient && message.recipient !== 'all') return 'a call of a tool';
  if (message.metadata?.is_visually_hidden_from_conversation) return 'hidden in the conversation';
  const type = message.content?.content_type;
  if (type !== 'text' && type !== 'multimodal_text') return 'not said to the other side';
  return textOf(message).trim() === '' ? 'without text' : undefined;
}
