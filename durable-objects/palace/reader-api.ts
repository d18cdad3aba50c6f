import { RpcTarget } from 'cloudflare:workers';
import { type Candidate, type ContextMessage, composeContext } from '../../src/context/compose.ts';
import type { ContextAnswer, ContextBody } from '../../src/context/contract.ts';
import { newMark } from '../../src/context/mark.ts';
import type { FeedEvent } from '../../src/http/event-feed.ts';
import type { ReaderPort, ScenePage, ScenePageOptions } from '../../src/http/reader-port.ts';
import type { SceneFrame } from '../../src/palace/export/contract.ts';
import { titleOf } from '../../src/palace/export/title.ts';
import { roomId } from '../../src/palace/model.ts';
import { strengthAt } from '../../src/palace/strength.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { isReconstructed, originOf } from '../../src/shared/reconstructed.ts';
import { EventFeed } from '../event-feed.ts';
import type { Life } from '../stores/life-store.ts';
import { type MessageRow, toMessage } from '../stores/message-store.ts';
import { hearSummary, summarise } from './context-summariser.ts';
import type { PalaceApiPorts } from './palace-api.ts';
import { palaceView, roomsView } from './palace-views.ts';

/** Memories that a context may be made of. */
const CANDIDATES = 100;
/** A turn is looked for that far back: what was asked longer ago explains no answer. */
const LOOK_BACK_MS = 24 * 3_600_000;
/** Memories in one answer: a message has at most 32 KB, and an RPC answer 32 MiB. */
const PAGE = { titles: 2_000, contents: 500 };

const NO_PALACE = refused('not_found', 'No such palace.');
const EVERYTHING = { include_superseded: true, include_duplicates: true };

/** What is read of a person as a whole: a text for a prompt, and a palace for a file. */
export class ReaderApi extends RpcTarget implements ReaderPort {
  readonly #ports: PalaceApiPorts;

  constructor(ports: PalaceApiPorts) {
    super();
    this.#ports = ports;
  }

  async context(body: ContextBody): Promise<Outcome<ContextAnswer>> {
    const found = await this.#compose(body);
    if (!found.ok || !body.summarise) return found.ok ? done(found.value.answer) : found;
    const { answer, sources } = found.value;
    return done({ ...answer, ...(await summarise(this.#ports.texts, body.query, sources)) });
  }

  async contextLive(body: ContextBody): Promise<Outcome<EventFeed>> {
    const found = await this.#compose(body);
    if (!found.ok) return found;
    return EventFeed.open((leaving) => this.#told(found.value, body, leaving));
  }

  async *#told(
    { answer, sources }: Composed,
    { query, summarise: isSummaryAsked }: ContextBody,
    leaving: AbortSignal,
  ): AsyncGenerator<FeedEvent> {
    yield { event: 'start', data: answer };
    const summary = isSummaryAsked ? yield* hearSummary(this.#ports.texts, query, sources, leaving) : {};
    const refusal = await this.#ports.refusal();
    yield refusal ? { event: 'error', refusal } : { event: 'end', data: { ...answer, ...summary } };
  }

  async #compose({
    max_tokens: maxTokens,
    query,
    filters,
    reference_date,
    include_reconstructed,
  }: ContextBody): Promise<Outcome<Composed>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const { results } = await this.#ports.search({
      query,
      filters,
      reference_date,
      top_k: CANDIDATES,
      time_zone: 'UTC',
      explain: false,
      collapse_duplicates: true,
      rerank: false,
      include_reconstructed,
    });
    const candidates = results.flatMap(({ id, score }): Candidate[] => {
      const message = this.#ports.find(id);
      if (!message) return [];
      const before = this.#ports.stores.messages.before(message, LOOK_BACK_MS);
      return [{ message: quotable(message), score, before: before && quotable(before) }];
    });
    const answer = composeContext(candidates, { maxTokens, newMark });
    return done({ answer, sources: answer.sources.flatMap(({ id }) => this.#ports.find(id) ?? []) });
  }

  async frame(palaceId: string): Promise<Outcome<SceneFrame>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const { stores, work } = this.#ports;
    const palace = work.architect.byId(palaceId);
    if (!palace) return NO_PALACE;
    const rooms = work.architect.rooms(palace);
    return done({ palace: palaceView(palace, rooms), ...roomsView(palace, rooms, stores) });
  }

  async page(
    palaceId: string,
    after: number | null,
    { withContent, withReconstructed }: ScenePageOptions,
  ): Promise<Outcome<ScenePage>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const { stores, work } = this.#ports;
    const palace = work.architect.byId(palaceId);
    if (!palace) return NO_PALACE;
    const now = Date.now();
    const limit = withContent ? PAGE.contents : PAGE.titles;
    const lives = stores.lives.list({
      palace: palace.row,
      room: null,
      filters: EVERYTHING,
      now,
      order: 'row',
      after: after === null ? null : { due: 0, row: after },
      limit,
    });
    const rooms = new Map(work.architect.rooms(palace).map((room) => [room.row, roomId(room)]));
    const messages = new Map(stores.messages.byRows(lives.map(({ row }) => row)).map((row) => [row.row, row]));
    const memories = lives.flatMap((life) => {
      const [message, room] = [messages.get(life.row), rooms.get(life.room)];
      if (message && !withReconstructed && isReconstructed(message.conversation_id)) return [];
      return message && room ? [sceneMemory(message, life, room, now, withContent)] : [];
    });
    return done({ memories, next: lives.length < limit ? null : lives.at(-1)!.row });
  }
}

/** A context, and the messages that it quotes, in its order. */
interface Composed {
  answer: ContextAnswer;
  sources: MessageRow[];
}

function quotable(row: MessageRow): ContextMessage {
  const { id, message_id, conversation_id, role, speaker, content, timestamp } = toMessage(row);
  const isRebuilt = isReconstructed(conversation_id);
  return { row: row.row, id, message_id, conversation_id, role, speaker, content, timestamp, isRebuilt };
}

function sceneMemory(message: MessageRow, life: Life, room_id: string, now: number, withContent: boolean) {
  const { id, content, timestamp } = toMessage(message);
  return {
    id,
    room_id,
    category: life.category,
    position: [...life.position] as [number, number, number],
    strength: life.pinned ? 1 : strengthAt(life, now),
    timestamp,
    title: titleOf(content),
    ...originOf(message.conversation_id),
    ...(withContent ? { content } : {}),
  };
}
