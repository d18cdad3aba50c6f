import type { Values } from '../../src/llm/slots.ts';
import { mirrorChat } from '../../src/llm/templates/mirror-chat.ts';
import { replyCandidates } from '../../src/llm/templates/reply-candidates.ts';
import type { Written } from '../../src/llm/text-tier.ts';
import { CONTEXT_TURNS } from '../../src/mirror/prediction/ports.ts';
import { SIMILAR_CONTEXTS } from '../../src/mirror/prediction/predict-response.ts';
import type {
  ChatAnswer,
  ChatDraft,
  ChatQuestion,
  ResponsePrediction,
  ResponseQuestion,
} from '../../src/mirror/replies/contract.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { words } from '../../src/text/tokenize.ts';
import type { Stores } from '../stores/stores.ts';
import type { TextDesk } from '../text-desk.ts';
import type { ReplyScene } from './reply-desk.ts';

/** Past replies from which a manner can be told. */
const LEAST_REPLIES = 3;
const NOT_ASKED = refused('unavailable', 'No draft was asked for.');
const NO_MODEL = refused('unavailable', 'No text model is set up.');
const NO_MANNER = refused('unavailable', 'Too little is known of how the user replies in such a place.');
const NO_REPLY = refused('unavailable', 'What the user said before does not show what they would reply.');

/** What is answered without a text model. */
export type OwnAnswer = Omit<ChatAnswer, 'draft' | 'path' | 'path_reason'>;

/** What a text model drafted; its fit of style is measured beside it. */
export type Drafted = Omit<ChatDraft, 'style_fit'>;

/**
 * A reply in the person's manner by the text model. It is shown what the person replied in like places and the last turns,
 * and may say no name or number that those do not hold.
 */
export async function draftReply(
  texts: TextDesk,
  stores: Stores,
  scene: ReplyScene,
  question: ChatQuestion,
): Promise<Outcome<Drafted>> {
  const shown = chatValues(texts, stores, scene, question);
  if (!shown.ok) return shown;
  const written = await texts.write(mirrorChat, shown.value);
  return written.ok ? draftOf(written.value) : written;
}

/** As `draftReply`, heard as it is written: its pieces, then the whole. @param leaving aborts when it is not wanted any more */
export async function* hearReply(
  texts: TextDesk,
  stores: Stores,
  scene: ReplyScene,
  question: ChatQuestion,
  leaving: AbortSignal,
): AsyncGenerator<string, Outcome<Drafted>> {
  const shown = chatValues(texts, stores, scene, question);
  if (!shown.ok) return shown;
  for await (const part of texts.stream(mirrorChat, shown.value, leaving)) {
    if (part.type === 'text') yield part.text;
    else return part.type === 'end' ? draftOf(part.written) : part.refusal;
  }
  return NO_REPLY; // a stream ends with one of the two
}

/** What the model is shown of a person, or why it cannot be asked. */
function chatValues(
  texts: TextDesk,
  stores: Stores,
  scene: ReplyScene,
  { conversation_id: conversationId, message, draft }: ChatQuestion,
): Outcome<Values<typeof mirrorChat.slots>> {
  if (draft === 'never') return NOT_ASKED;
  if (!texts.isPresent) return NO_MODEL;
  const shown = shownOf(stores, scene, conversationId);
  if (shown.replies.length < LEAST_REPLIES) return NO_MANNER;
  const lengths = shown.replies.map(({ text }) => words(text).length).sort((a, b) => a - b);
  return done({ ...shown, message, words: Math.max(1, lengths[lengths.length >> 1]!) });
}

const draftOf = ({ value, provenance }: Written<string | null>): Outcome<Drafted> =>
  value === null ? NO_REPLY : done({ label: 'mirror', generated: true, text: value, provenance });

/** Replies that the text model proposes beside the person's own past, or why it does not. Nothing where none are asked for. */
export async function draftCandidates(
  texts: TextDesk,
  stores: Stores,
  scene: ReplyScene,
  { conversation_id: conversationId, message = '', drafts: limit }: ResponseQuestion,
): Promise<Pick<ResponsePrediction, 'drafts' | 'path' | 'path_reason'>> {
  if (limit === 0) return {};
  const shown = shownOf(stores, scene, conversationId);
  const isKnown = shown.replies.length >= LEAST_REPLIES;
  const written = isKnown ? await texts.write(replyCandidates, { ...shown, message, limit }) : NO_MANNER;
  if (!written.ok) return { drafts: null, path: 'without_model', path_reason: written.detail };
  const { value, provenance } = written.value;
  const drafts = { label: 'mirror' as const, generated: true as const, texts: value.replies, provenance };
  return { drafts, path: 'text_model', path_reason: null };
}

/** What of the person a model is shown: what they replied in like places, and the last turns. */
function shownOf(stores: Stores, { context, history }: ReplyScene, conversationId: string) {
  const past = history.similarContexts(context, SIMILAR_CONTEXTS);
  const last = stores.messages.list({ conversationId, order: 'desc', after: null, limit: CONTEXT_TURNS }).reverse();
  return {
    replies: past.map(({ id, turn }) => ({ id, who: null, text: turn.text })),
    conversation: last.map(({ id, speaker, role, content }) => ({ id, who: speaker ?? role, text: content })),
  };
}

/** An answer of the person's own words with what the model drafted, or why it did not. */
export const withDraft = (
  answer: OwnAnswer,
  drafted: Outcome<Drafted>,
  fitOf: (text: string) => number | null,
): ChatAnswer => ({
  ...answer,
  draft: drafted.ok ? { ...drafted.value, style_fit: fitOf(drafted.value.text) } : null,
  path: drafted.ok ? 'text_model' : 'without_model',
  path_reason: drafted.ok ? null : drafted.detail,
});
