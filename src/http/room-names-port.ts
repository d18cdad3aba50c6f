import type {
  NamedRooms,
  NameRooms,
  RoomNameChange,
  RoomNameList,
  RoomNameView,
} from '../palace/room-names/contract.ts';
import type { Outcome } from '../shared/errors.ts';
import type { FeedPort } from './event-feed.ts';
import type { Idempotency } from './palace-port.ts';

/** What routes may ask about names of rooms: `withRoomNames(env, owner, (names) => names.list(palace, room))`. */
export interface RoomNamesPort {
  list(palaceId: string, roomId: string): Promise<Outcome<RoomNameList>>;
  change(palaceId: string, roomId: string, change: RoomNameChange): Promise<Outcome<RoomNameView>>;
  /** The room is called after its theme again. */
  clear(palaceId: string, roomId: string): Promise<Outcome<null>>;
  name(palaceId: string, body: NameRooms, idempotency: Idempotency): Promise<Outcome<NamedRooms>>;
  /** The same, room by room: an event `room` each, then `end`. */
  nameLive(palaceId: string, body: NameRooms, idempotency: Idempotency): Promise<Outcome<FeedPort>>;
}
