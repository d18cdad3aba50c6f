/**
 * A reconstructed text that a verdict made a memory is kept as a message of a conversation of its own under this name.
 * No client can send a message to such a conversation, so the name alone tells what was recorded from what was not.
 */
const PREFIX = 'palimpsest:reconstructed:';

/** Such conversations in SQL. */
export const RECONSTRUCTED_GLOB = `${PREFIX}*`;

/** To be shown with a reconstructed memory, always. */
export const RECONSTRUCTED_LABEL = 'Reconstructed: nobody recorded this text. A verdict has made it a memory.';

/** @param unique never used before */
export const reconstructedConversation = (unique: string): string => PREFIX + unique;

export const isReconstructed = (conversationId: string): boolean => conversationId.startsWith(PREFIX);

/** What every payload of a reconstructed memory holds; nothing for one that was recorded. */
export const originOf = (conversationId: string): { origin?: 'reconstructed'; label?: string } =>
  isReconstructed(conversationId) ? { origin: 'reconstructed', label: RECONSTRUCTED_LABEL } : {};
