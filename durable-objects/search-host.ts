import type { EmbeddingPort } from '../src/embedding/embedder.ts';
import type { SearchAnswer, SearchBody, SearchResult } from '../src/palace/contract.ts';
import { MemoryIndex } from '../src/palace/memory-index.ts';
import { fromRow, type Memory } from './memory-store.ts';
import { type MessageRow, toMessage } from './message-store.ts';
import type { Stores } from './stores.ts';

/** The index of one object in memory (L1): loaded at the first search, kept up with storage from then on. */
export class SearchHost {
  private index: MemoryIndex | null = null;
  /** messages up to this row are in the index; rows only grow */
  private through = 0;
  private readonly stores: Stores;
  private readonly vectors: WebAssembly.Module;

  constructor(stores: Stores, vectors: WebAssembly.Module) {
    this.stores = stores;
    this.vectors = vectors;
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

  /** Throws the index away; the next search builds it anew. */
  reset(): void {
    this.index = null;
    this.through = 0;
  }

  /** Words alone when no model answers: less is found, nothing fails. */
  async search(body: SearchBody, embedder: EmbeddingPort, scope: string): Promise<SearchAnswer> {
    const started = performance.now();
    const vectors = await this.vectorsOf(body.query, embedder, scope);
    const { hits, answerable } = this.current().answer({
      text: body.query,
      vectors,
      topK: body.top_k,
      filters: body.filters ?? {},
      now: {
        time: body.reference_date === undefined ? Date.now() : Date.parse(body.reference_date),
        zone: body.time_zone,
      },
      explain: body.explain,
    });
    const rows = hits.map((hit) => hit.row);
    const messages = new Map(this.stores.messages.byRows(rows).map((row) => [row.row, row]));
    const memories = this.stores.memories.byRows(rows);
    const results = hits.flatMap((hit) => {
      const message = messages.get(hit.row);
      return message
        ? [toResult(message, memories.get(hit.row), hit.score, body.explain ? hit.signals : undefined)]
        : [];
    });
    return { results, answerable, timing_ms: performance.now() - started, models: [...vectors.keys()] };
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
    const { conversation_id: conversationId, sent_at: sentAt, role, speaker, content } = row;
    index.add({ row: row.row, conversationId, role, speaker, sentAt, content });
    this.through = row.row;
  }
}

function toResult(
  row: MessageRow,
  memory: Memory | undefined,
  score: number,
  explain: Record<string, number> | undefined,
): SearchResult {
  const { id, message_id, conversation_id, role, speaker, content, timestamp } = toMessage(row);
  const position = memory ? ([...memory.position] as SearchResult['position']) : null;
  return {
    id,
    message_id,
    conversation_id,
    role,
    speaker,
    content,
    timestamp,
    score,
    position,
    ...(explain ? { explain } : {}),
  };
}
