import { type CategoryVectors, categorise } from '../../src/palace/categorise.ts';
import { CANDIDATES, saysTheSame, wordsKey } from '../../src/palace/duplicates.ts';
import type { Palace, Vec3 } from '../../src/palace/model.ts';
import { noteOf } from '../../src/palace/note.ts';
import { placeInRoom } from '../../src/palace/placement.ts';
import type { Category } from '../../src/palace/rooms/contract.ts';
import { salienceOf } from '../../src/palace/salience.ts';
import { firstTrace } from '../../src/palace/strength.ts';
import { isReconstructed } from '../../src/shared/reconstructed.ts';
import { dequantize } from '../../src/spatial/quantize.ts';
import type { Life } from '../stores/life-store.ts';
import type { Memory } from '../stores/memory-store.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { Stores } from '../stores/stores.ts';
import type { Architect } from './architect.ts';

/** Vectors of the categories by model; null where the model has not told them: then words alone decide. */
type PrototypesOf = (model: string) => CategoryVectors | null;

/** Gives memories their category, their room and their place, one after the other. Writes within the caller's transaction. */
export class Placer {
  private readonly stores: Stores;
  private readonly architect: Architect;

  constructor(stores: Stores, architect: Architect) {
    this.stores = stores;
    this.architect = architect;
  }

  /** Places memories that have a vector and no room yet, in order of arrival. */
  place(memories: readonly Memory[], prototypesOf: PrototypesOf, now: number): Life[] {
    const messages = new Map(this.stores.messages.byRows(memories.map(({ row }) => row)).map((m) => [m.row, m]));
    return memories.flatMap((memory) => {
      const message = messages.get(memory.row);
      if (!message) return []; // deleted meanwhile
      const life = this.lifeOf(memory, message, prototypesOf(memory.model), now);
      this.stores.lives.put(life);
      return [life];
    });
  }

  /** A spot for a memory in a room of the category. The memory is counted there from now on. */
  settle(memory: Memory, palace: Palace, category: Category): { room: number; position: Vec3 } {
    const { row, model, vector, scale } = memory;
    const unit = dequantize(vector, scale);
    const room = this.architect.roomFor(palace, category, model, unit);
    const shelf = this.architect.shelf(room, model, unit.length);
    const position = placeInRoom(unit, shelf, room.bounds);
    shelf.add(row, vector, scale, position);
    room.memories++;
    return { room: room.row, position };
  }

  private lifeOf(memory: Memory, message: MessageRow, prototypes: CategoryVectors | null, now: number): Life {
    const { row, vector, scale } = memory;
    const { content, sent_at: sentAt } = message;
    const note = noteOf(message);
    const unit = dequantize(vector, scale);
    const category = note?.category ?? categorise(content, prototypes && unit, prototypes);
    const palace = (note?.palaceId && this.architect.byId(note.palaceId)) || this.architect.standard(now);
    const salience = note?.salience ?? salienceOf(content);
    // nothing that was recorded repeats what was reconstructed, nor the other way round
    const key = isReconstructed(message.conversation_id) ? null : wordsKey(content);
    return {
      row,
      palace: palace.row,
      category,
      kind: note ? 'note' : 'message',
      ...this.settle(memory, palace, category),
      salience,
      pinned: false,
      ...firstTrace(salience, Math.min(sentAt, now)),
      validFrom: sentAt,
      validUntil: null,
      supersededBy: null,
      duplicateOf: key === null ? null : this.firstLike(memory, key),
      wordsKey: key,
    };
  }

  /** The first memory that says the same, or null. */
  private firstLike(memory: Memory, key: string): number | null {
    const rows = this.stores.lives.firstWith(key, memory.row, CANDIDATES);
    if (rows.length === 0) return null;
    const others = this.stores.memories.byRows(rows);
    const same = rows.find((other) => {
      const first = others.get(other);
      return first && saysTheSame(first, memory);
    });
    return same ?? null;
  }
}
