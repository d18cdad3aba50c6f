import type { NewEvent } from '../../src/live/contract.ts';
import type { ArchaeologyWork } from '../archaeology/archaeology-work.ts';
import type { MIRROR } from '../mirror/mirror-registry.ts';
import type { MirrorWork } from '../mirror/mirror-work.ts';
import type { PalaceWork, Removed } from '../palace/palace-work.ts';
import type { SearchHost } from '../palace/search-host.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { Stores } from '../stores/stores.ts';

export interface EraserPorts {
  stores: Stores;
  palaces: PalaceWork;
  index: SearchHost;
  profile: MirrorWork<typeof MIRROR>;
  archaeology: ArchaeologyWork;
  announce(events: readonly NewEvent[]): void;
}

/** A message that is no longer there. */
export interface Gone {
  row: number;
  id: string;
  removed: Removed | null;
}

/** Takes messages out of everything that holds them. */
export class Eraser {
  private readonly ports: EraserPorts;

  constructor(ports: EraserPorts) {
    this.ports = ports;
  }

  /** To be called within a transaction; `settle` follows it. */
  take(message: MessageRow): Gone {
    const { stores, palaces, profile, archaeology } = this.ports;
    const { row, id } = message;
    profile.forget(row, id);
    archaeology.forget(message);
    const removed = palaces.remove(row);
    stores.roomNames.forgetMadeFrom(id);
    stores.memories.remove(row);
    stores.messages.remove(row);
    stores.outbox.addDeletion(id);
    return { row, id, removed };
  }

  settle(gone: readonly Gone[]): void {
    if (gone.length === 0) return;
    const { palaces, index, profile, announce } = this.ports;
    for (const { row, id, removed } of gone) {
      index.forget(row);
      if (removed) palaces.gone(removed, id);
    }
    announce([{ type: 'message.deleted', message_ids: gone.map(({ id }) => id) }]);
    profile.settle();
  }
}
