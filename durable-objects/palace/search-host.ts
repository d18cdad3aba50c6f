import type { ContextIndex } from '../../src/archaeology/reconstruct/like-contexts.ts';
import type { EmbeddingPort } from '../../src/embedding/embedder.ts';
import type { Ranking, RerankPort } from '../../src/embedding/reranker.ts';
import { observe } from '../../src/metrics/recorder.ts';
import type { SearchAnswer, SearchBody, SearchResult } from '../../src/palace/contract.ts';
import { embeddingText } from '../../src/palace/embedding-text.ts';
import { type Hit, type IndexAnswer, type IndexQuery, MemoryIndex } from '../../src/palace/memory-index.ts';
import { fusedOrder } from '../../src/palace/rerank.ts';
import { refused } from '../../src/shared/errors.ts';
import { log } from '../../src/shared/log.ts';
import { isReconstructed, originOf } from '../../src/shared/reconstructed.ts';
import type { FlagDesk } from '../flag-desk.ts';
import { fromRow, type Memory } from '../stores/memory-store.ts';
import { type MessageRow, toMessage } from '../stores/message-store.ts';
import type { Stores } from '../stores/stores.ts';
import { within } from '../within.ts';

/** Hits that a re-ranker reads. */
const RERANKED = 50;
/** The search's own order is better than one that comes late. */
const LONGEST_RERANK_MS = 2_000;
const LATE = refused('unavailable', 'The re-ranker has not answered in time.');

/** The index of one object in memory (L1): loaded at the first search, kept up with storage from then on. */
export class SearchHost {
  private index: MemoryIndex | null = null;
  /** messages up to this row are in the index; rows only grow */
  private through = 0;
  /** which memories say what an earlier one says, as of an epoch of the palaces */
  private duplicates: { epoch: number; of: ReadonlyMap<number, number> } | null = null;
  private readonly stores: Stores;
  private readonly vectors: WebAssembly.Module;
  private readonly flags: Pick<FlagDesk, 'isOn'>;

  constructor(stores: Stores, vectors: WebAssembly.Module, flags: Pick<FlagDesk, 'isOn'>) {
    this.stores = stores;
    this.vectors = vectors;
    this.flags = flags;
  }

  /** Takes in what was stored or derived since. An index that was never asked for is not built. */
  noteMemories(memories: readonly Memory[]): void {
    if (!this.index) return;
    const known = this.through;
    this.catchUp(this.index);
    for (const memory of memories) {
      if (memory.row <= known) this.index.setVector(memory.row, memory.model, memory.vector, memory.scale);
    }
  }

  forget(row: number): void {
    this.index?.remove(row);
  }

  /** The same messages as contexts of each other. @param model whose vectors are compared; null: none */
  contexts(model: string | null): ContextIndex {
    const { order } = this.current();
    const { messages } = this.stores;
    return {
      nearest: (vector, count) => (model === null ? [] : order.nearest(model, vector, count)),
      next: order.next,
      previous: order.previous,
      isOwn: (row) => order.isOf(row, 'user'),
      vectorOf: (row) => (model === null ? null : order.vectorOf(row, model)),
      read(row) {
        const message = messages.between(row, row, 1)[0]!; // what was deleted has left the index too
        return { id: message.id, text: message.content };
      },
    };
  }

  /** Throws the index away; the next search builds it anew. */
  reset(): void {
    this.index = null;
    this.through = 0;
    this.duplicates = null;
  }

  /** Words alone when no model answers: less is found, nothing fails. The same order when no re-ranker answers. */
  async search(body: SearchBody, models: EmbeddingPort & RerankPort, scope: string): Promise<SearchAnswer> {
    const started = performance.now();
    const vectors = await this.vectorsOf(body.query, models, scope);
    const rerank = body.rerank && (await this.flags.isOn('rerank'));
    const asked: IndexQuery = {
      text: body.query,
      vectors,
      topK: rerank ? Math.max(body.top_k, RERANKED) : body.top_k,
      filters: body.filters ?? {},
      now: {
        time: body.reference_date === undefined ? Date.now() : Date.parse(body.reference_date),
        zone: body.time_zone,
      },
      explain: body.explain,
      ...(body.collapse_duplicates ? { duplicateOf: this.duplicateOf() } : {}),
    };
    const { hits, answerable } = body.include_reconstructed
      ? this.withReconstructed(asked)
      : this.current().answer(asked);
    const judged = rerank
      ? await this.reranked(body.query, hits, models)
      : { hits, model: body.rerank ? null : undefined };
    return {
      results: this.results(judged.hits.slice(0, body.top_k), body.explain),
      answerable,
      timing_ms: performance.now() - started,
      models: [...vectors.keys()],
      ...(judged.model === undefined ? {} : { reranked: judged.model }),
    };
  }

  /**
   * As if the texts that verdicts made memories had been recorded: they stand in the index for this one search, and what
   * is found otherwise is found as if they were not there.
   */
  private withReconstructed(query: IndexQuery): IndexAnswer {
    const index = this.current();
    const messages = this.stores.messages.reconstructed();
    for (const message of messages) index.add(indexed(message));
    try {
      for (const memory of this.stores.memories.byRows(messages.map(({ row }) => row)).values()) {
        index.setVector(memory.row, memory.model, memory.vector, memory.scale);
      }
      return index.answer(query);
    } finally {
      for (const { row } of messages) index.remove(row);
    }
  }

  /** What was deleted meanwhile is left out. */
  private results(hits: readonly Judged[], explain: boolean): SearchResult[] {
    const rows = hits.map((hit) => hit.row);
    const messages = new Map(this.stores.messages.byRows(rows).map((row) => [row.row, row]));
    const memories = this.stores.memories.byRows(rows);
    const ids = this.stores.messages.idsByRows(hits.flatMap((hit) => hit.duplicates));
    return hits.flatMap((hit) => {
      const message = messages.get(hit.row);
      if (!message) return [];
      const duplicates = hit.duplicates.flatMap((row) => ids.get(row) ?? []);
      const { rerankScore } = hit;
      return [
        {
          ...toResult(message, memories.get(hit.row), hit.score, duplicates),
          ...(explain ? { explain: hit.signals } : {}),
          ...(rerankScore === undefined ? {} : { rerank_score: rerankScore }),
        },
      ];
    });
  }

  /** The hits in the order that the re-ranker and the search agree on; as they were, and a null model, if it fails. */
  private async reranked(
    query: string,
    hits: readonly Hit[],
    models: RerankPort,
  ): Promise<{ hits: readonly Judged[]; model: string | null }> {
    const rows = this.stores.messages.byRows(hits.map(({ row }) => row));
    const texts = new Map(rows.map((row) => [row.row, embeddingText(row)]));
    const read = hits.filter(({ row }) => texts.has(row));
    const ranking = await rankingOf(
      models,
      query,
      read.map(({ row }) => texts.get(row)!),
    );
    if (ranking === null) return { hits, model: null };
    const { model, scores } = ranking;
    return { hits: fusedOrder(scores).map((place) => ({ ...read[place]!, rerankScore: scores[place]! })), model };
  }

  private duplicateOf(): ReadonlyMap<number, number> {
    const epoch = this.stores.meta.epoch();
    if (this.duplicates?.epoch !== epoch) this.duplicates = { epoch, of: this.stores.lives.duplicates() };
    return this.duplicates.of;
  }

  /** How well every message fits to a text, by row; those that do not fit at all are left out. */
  async rank(text: string, embedder: EmbeddingPort, scope: string): Promise<Map<number, number>> {
    const vectors = await this.vectorsOf(text, embedder, scope);
    const index = this.current();
    const now = { time: Date.now(), zone: 'UTC' };
    const hits = index.search({ text, vectors, topK: Math.max(1, index.size), filters: {}, now, explain: false });
    return new Map(hits.map(({ row, score }) => [row, score]));
  }

  private async vectorsOf(text: string, embedder: EmbeddingPort, scope: string): Promise<Map<string, Float32Array>> {
    const models = this.current().models();
    const asked = await Promise.all(models.map((model) => embedder.embed([text], model, scope, 'query')));
    return new Map(asked.flatMap((answer) => (answer.ok ? [[answer.value.model, answer.value.vectors]] : [])));
  }

  /** Up to date with storage, also with what arrived while a vector was awaited. */
  private current(): MemoryIndex {
    if (this.index) this.catchUp(this.index);
    else this.index = this.load();
    return this.index;
  }

  private load(): MemoryIndex {
    const index = new MemoryIndex(this.vectors);
    for (const row of this.stores.messages.all()) this.add(index, row);
    for (const row of this.stores.memories.all()) {
      const memory = fromRow(row);
      index.setVector(memory.row, memory.model, memory.vector, memory.scale);
    }
    observe('user_index_bytes', index.vectorBytes);
    return index;
  }

  private catchUp(index: MemoryIndex): void {
    for (;;) {
      const rows = this.stores.messages.between(this.through + 1, Number.MAX_SAFE_INTEGER, 500);
      if (rows.length === 0) return;
      for (const row of rows) this.add(index, row);
      for (const memory of this.stores.memories.byRows(rows.map((row) => row.row)).values()) {
        index.setVector(memory.row, memory.model, memory.vector, memory.scale);
      }
    }
  }

  private add(index: MemoryIndex, row: MessageRow): void {
    if (!isReconstructed(row.conversation_id)) index.add(indexed(row));
    this.through = row.row;
  }
}

const indexed = ({ row, conversation_id: conversationId, sent_at: sentAt, role, speaker, content }: MessageRow) => ({
  ...{ row, conversationId, sentAt, role, speaker, content },
});

interface Judged extends Hit {
  rerankScore?: number;
}

/** Null if no re-ranker answers, or not in time, or not with a score for each text. */
async function rankingOf(models: RerankPort, query: string, texts: string[]): Promise<Ranking | null> {
  try {
    const answer = await within(models.rerank(query, texts), LONGEST_RERANK_MS, LATE);
    return answer.ok && answer.value.scores.length === texts.length ? answer.value : null;
  } catch (error) {
    log.error('the re-ranker cannot be reached', { error });
    return null;
  }
}

function toResult(row: MessageRow, memory: Memory | undefined, score: number, duplicates: string[]): SearchResult {
  const { id, message_id, conversation_id, role, speaker, content, timestamp } = toMessage(row);
  const position = memory ? ([...memory.position] as SearchResult['position']) : null;
  const said = { id, message_id, conversation_id, role, speaker, content, timestamp };
  return { ...said, score, duplicates, position, ...originOf(conversation_id) };
}
