import type { Curve, MemoryFilters, MemoryPage, MemoryPatch, MemoryView, Rating } from '../palace/memories/contract.ts';
import type { NewPalace, PalaceAnalytics, PalaceView, Rooms } from '../palace/rooms/contract.ts';
import type { Outcome } from '../shared/errors.ts';
import type { ReaderPort } from './reader-port.ts';
import type { RelayoutPort } from './relayout-port.ts';
import type { RoomNamesPort } from './room-names-port.ts';
import type { SpacePort } from './space-port.ts';
import type { WalkPort } from './walk-port.ts';

export interface MemoryListOptions {
  filters: MemoryFilters;
  palace_id?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** What a client named to have its request answered once; null: it did not. */
export type Idempotency = { key: string; fingerprint: string } | null;

/** What routes may ask of a person's palaces: `withPalace(env, owner, (palace) => palace.rooms(id))`. */
export interface PalacePort {
  list(): Promise<Outcome<PalaceView[]>>;
  create(palace: NewPalace, idempotency: Idempotency): Promise<Outcome<PalaceView>>;
  rooms(palaceId: string): Promise<Outcome<Rooms>>;
  analytics(palaceId: string): Promise<Outcome<PalaceAnalytics>>;
  memories(options: MemoryListOptions): Promise<Outcome<MemoryPage>>;
  memory(id: string): Promise<Outcome<MemoryView>>;
  patch(id: string, patch: MemoryPatch): Promise<Outcome<MemoryView>>;
  reinforce(id: string, rating: Rating, idempotency: Idempotency): Promise<Outcome<MemoryView>>;
  curve(id: string): Promise<Outcome<Curve>>;
}

/** What is reached through a person's palaces; `withWalks`, `withRoomNames` and `withReader` open and close it. */
export interface PalaceRoot extends PalacePort {
  walks(): WalkPort;
  names(): RoomNamesPort;
  relayouts(): RelayoutPort;
  space(): SpacePort;
  reader(): ReaderPort;
}
