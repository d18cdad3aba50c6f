import type { Provenance } from '../../src/llm/contract.ts';
import { roomName } from '../../src/llm/templates/room-name.ts';
import { ROOM_CAPACITY } from '../../src/palace/layouts.ts';
import type { Palace, Room } from '../../src/palace/model.ts';
import type { NamedRoom, NameOrigin, NameRooms } from '../../src/palace/room-names/contract.ts';
import { distinctiveWords } from '../../src/palace/room-names/distinctive-words.ts';
import { type Placed, typical } from '../../src/palace/room-names/typical.ts';
import { done, type Outcome } from '../../src/shared/errors.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { isReconstructed } from '../../src/shared/reconstructed.ts';
import type { Stores } from '../stores/stores.ts';
import type { TextDesk } from '../text-desk.ts';
import { roomNameView } from './palace-views.ts';

/** Memories from which a room can be named. */
const LEAST_MEMORIES = 3;
/** Memories that a model is shown, the most typical of the room. */
const SHOWN_MEMORIES = 12;
/** Words of a name without a model. */
const WORDS = 3;
/** Texts of other rooms that a room's words are told from. */
const OTHER_TEXTS = 1_000;

/** A name before it is given. */
interface Proposal {
  name: string;
  origin: NameOrigin;
  inputs: string[];
  provenance: Provenance | null;
}

/** Finds names for rooms by what is kept in them. */
export class RoomNamer {
  private readonly stores: Stores;
  private readonly texts: TextDesk;

  constructor(stores: Stores, texts: TextDesk) {
    this.stores = stores;
    this.texts = texts;
  }

  /** Rooms that hold enough to be named, and have no name yet. */
  unnamed(palace: Palace, rooms: readonly Room[]): Room[] {
    const named = new Set(this.stores.roomNames.present(palace.row).map(({ room }) => `${room.theme} ${room.ordinal}`));
    return rooms.filter(
      ({ memories, theme, ordinal }) => memories >= LEAST_MEMORIES && !named.has(`${theme} ${ordinal}`),
    );
  }

  /**
   * Names a room and keeps the name. Where a message that the name was made from is deleted meanwhile, it is made anew
   * without a model.
   *
   * @param mayGive asked right before the name is kept
   * @returns refuses only where a text model is required and does not answer
   */
  async name(
    palace: Palace,
    room: Room,
    mode: NameRooms['text_model'],
    mayGive: () => Promise<Outcome<null>>,
  ): Promise<Outcome<Omit<NamedRoom, 'room_id'>>> {
    const written = await this.written(palace, room, mode);
    if (!written.ok && mode === 'required') return written;
    const allowed = await mayGive();
    if (!allowed.ok) return allowed;
    return done(
      this.stores.transaction(() => {
        const isHeld = written.ok && written.value.inputs.every((id) => this.stores.messages.find(id, '') !== null);
        const reason = written.ok ? 'What the name was made from has been deleted.' : written.detail;
        return isHeld
          ? { name: this.keep(palace, room, written.value), path: 'text_model', path_reason: null }
          : { name: this.byWords(palace, room), path: 'without_model', path_reason: reason };
      }),
    );
  }

  private async written(palace: Palace, room: Room, mode: NameRooms['text_model']): Promise<Outcome<Proposal>> {
    const without = (detail: string) => ({ ok: false, code: 'unavailable', detail }) as const;
    if (mode === 'never') return without('No text model was asked for.');
    const memories = this.memoriesOf(palace, room);
    if (memories.length < LEAST_MEMORIES || room.theme === 'hall') return without('Too little is kept in the room.');
    const shown = typical(memories, SHOWN_MEMORIES).map(({ id, text }) => ({ id, who: null, text }));
    const answer = await this.texts.write(roomName, { theme: room.theme, memories: shown });
    if (!answer.ok) return answer;
    const { value, provenance } = answer.value;
    return done({ name: value.name, origin: 'text_model', inputs: provenance.inputs, provenance });
  }

  /** What the room speaks of more than others do; where that is nothing, it keeps the name of its theme. */
  private byWords(palace: Palace, room: Room): NamedRoom['name'] {
    const memories = this.memoriesOf(palace, room);
    const texts = memories.map(({ text }) => text);
    const others = this.stores.lives.textsElsewhere(room.row, OTHER_TEXTS);
    const words = memories.length < LEAST_MEMORIES ? [] : distinctiveWords(texts, others, WORDS);
    if (words.length === 0) return roomNameView(room, null);
    const inputs = [...new Set(words.flatMap(({ texts }) => texts.map((i) => memories[i]!.id)))];
    const title = words.map(({ word }) => word).join(' · ');
    return this.keep(palace, room, { name: title, origin: 'words', inputs, provenance: null });
  }

  /** To be called within a transaction. */
  keep(palace: Palace, { theme, ordinal }: Pick<Room, 'theme' | 'ordinal'>, proposal: Proposal): NamedRoom['name'] {
    const namedAt = Date.now();
    const name = { ...proposal, id: newUlid(namedAt), room: { theme, ordinal }, namedAt };
    this.stores.roomNames.add(palace.row, name);
    return roomNameView(name.room, name);
  }

  /** What is kept in a room and was really said, without doubles and what no longer holds. */
  private memoriesOf(palace: Palace, room: Room): Placed[] {
    const { lives, memories, messages } = this.stores;
    const filters = { include_superseded: false, include_duplicates: false };
    const rows = lives
      .list({
        palace: palace.row,
        room: room.row,
        filters,
        now: Date.now(),
        order: 'row',
        after: null,
        limit: ROOM_CAPACITY,
      })
      .map(({ row }) => row);
    const vectors = memories.byRows(rows);
    const model = memories.lastModel();
    return messages.byRows(rows).flatMap(({ row, id, content, conversation_id }) => {
      const held = vectors.get(row);
      if (!held || held.model !== model || isReconstructed(conversation_id)) return [];
      return [{ id, text: content, vector: held.vector, scale: held.scale }];
    });
  }
}
