/**
 * What is embedded of a message. The speaker's name in front makes a question about a person meet that person's words:
 * measured on the development sets, it finds more than the bare content.
 */
export function embeddingText(message: { speaker: string | null; content: string }): string {
  return message.speaker === null ? message.content : `${message.speaker}: ${message.content}`;
}
