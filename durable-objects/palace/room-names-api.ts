import { RpcTarget } from 'cloudflare:workers';
import type { FeedEvent } from '../../src/http/event-feed.ts';
import type { Idempotency } from '../../src/http/palace-port.ts';
import type { RoomNamesPort } from '../../src/http/room-names-port.ts';
import { type Palace, parseRoomId, type Room, roomId } from '../../src/palace/model.ts';
import {
  type NamedRoom,
  type NamedRooms,
  type NameRooms,
  ROOMS_PER_REQUEST,
  type RoomNameChange,
  type RoomNameList,
  type RoomNameView,
} from '../../src/palace/room-names/contract.ts';
import { themeName } from '../../src/palace/room-names/theme-name.ts';
import { done, type Outcome, type Refusal, refused } from '../../src/shared/errors.ts';
import { EventFeed } from '../event-feed.ts';
import { answeredBefore, once, QUOTES } from '../stores/idempotency-store.ts';
import type { PalaceApiPorts } from './palace-api.ts';
import { roomNameView } from './palace-views.ts';
import { RoomNamer } from './room-namer.ts';

/** Rooms that are named at once. */
const AT_ONCE = 4;
/** After this long the rooms that are left are named without a model. */
const PATIENCE_MS = 30_000;

const NO_PALACE = refused('not_found', 'No such palace.');
const NO_ROOM = refused('not_found', 'No such room.');
const NO_NAME = refused('not_found', 'The room had no such name.');

interface Job {
  palace: Palace;
  rooms: Room[];
  /** rooms without a name that are not in this job */
  beyond: number;
}

/** Names of rooms as routes see them. */
export class RoomNamesApi extends RpcTarget implements RoomNamesPort {
  readonly #ports: PalaceApiPorts;
  readonly #namer: RoomNamer;

  constructor(ports: PalaceApiPorts) {
    super();
    this.#ports = ports;
    this.#namer = new RoomNamer(ports.stores, ports.texts);
  }

  async list(palaceId: string, id: string): Promise<Outcome<RoomNameList>> {
    const at = await this.#at(palaceId, id);
    if (!at.ok) return at;
    const { palace, room } = at.value;
    const names = this.#ports.stores.roomNames.ofRoom(palace.row, room);
    const items = names.length === 0 ? [roomNameView(room, null)] : names.map((name) => roomNameView(room, name));
    return done({ items });
  }

  async change(palaceId: string, id: string, change: RoomNameChange): Promise<Outcome<RoomNameView>> {
    const at = await this.#at(palaceId, id);
    if (!at.ok) return at;
    const { palace, room } = at.value;
    if ('name' in change) return this.#give(palace, room, { name: change.name, origin: 'user' });
    const old = this.#ports.stores.roomNames.ofRoom(palace.row, room).find((name) => name.id === change.restore);
    return old ? this.#give(palace, room, old) : NO_NAME;
  }

  async clear(palaceId: string, id: string): Promise<Outcome<null>> {
    const at = await this.#at(palaceId, id);
    if (!at.ok) return at;
    const { palace, room } = at.value;
    await this.#give(palace, room, { name: themeName(room), origin: 'theme' });
    return done(null);
  }

  async name(palaceId: string, body: NameRooms, idempotency: Idempotency): Promise<Outcome<NamedRooms>> {
    const job = await this.#job(palaceId, body);
    if (!job.ok) return job;
    const earlier = answeredBefore<NamedRooms>(this.#ports.stores.idempotency, idempotency);
    if (earlier) return earlier;
    const rooms: NamedRoom[] = [];
    for await (const step of this.#work(job.value, body)) {
      if (!step.ok) return step;
      rooms.push(step.value);
    }
    return this.#ended(job.value, rooms, idempotency);
  }

  async nameLive(palaceId: string, body: NameRooms, idempotency: Idempotency): Promise<Outcome<EventFeed>> {
    const job = await this.#job(palaceId, body);
    if (!job.ok) return job;
    return EventFeed.open((leaving) => this.#told(job.value, body, idempotency, leaving));
  }

  async *#told(job: Job, body: NameRooms, idempotency: Idempotency, leaving: AbortSignal): AsyncGenerator<FeedEvent> {
    const earlier = answeredBefore<NamedRooms>(this.#ports.stores.idempotency, idempotency);
    if (earlier) return yield endOf(earlier);
    const rooms: NamedRoom[] = [];
    for await (const step of this.#work(job, body)) {
      if (leaving.aborted) return;
      if (!step.ok) return yield { event: 'error', refusal: step };
      rooms.push(step.value);
      yield { event: 'room', data: step.value };
    }
    yield endOf(this.#ended(job, rooms, idempotency));
  }

  /** Some rooms at a time, in their order. Ends with the first refusal; who wants no more ends the loop. */
  async *#work({ palace, rooms }: Job, { text_model: wanted }: NameRooms): AsyncGenerator<Outcome<NamedRoom>> {
    const lateAt = Date.now() + PATIENCE_MS;
    for (let from = 0; from < rooms.length; from += AT_ONCE) {
      const mode = wanted === 'auto' && Date.now() > lateAt ? 'never' : wanted;
      const some = rooms.slice(from, from + AT_ONCE);
      const named = await Promise.all(
        some.map(async (room) => ({
          room,
          outcome: await this.#namer.name(palace, room, mode, () => this.#mayGive()),
        })),
      );
      await this.#ports.changed();
      for (const { room, outcome } of named) {
        yield outcome.ok ? done({ room_id: roomId(room), ...outcome.value }) : outcome;
        if (!outcome.ok) return;
      }
    }
  }

  #ended({ beyond }: Job, rooms: NamedRoom[], idempotency: Idempotency): Outcome<NamedRooms> {
    return once(this.#ports.stores.idempotency, idempotency, () => done({ rooms, left: beyond }), QUOTES);
  }

  async #give(
    palace: Palace,
    room: Room,
    name: Pick<RoomNameView, 'name' | 'origin'> & Partial<Pick<RoomNameView, 'inputs' | 'provenance'>>,
  ): Promise<Outcome<RoomNameView>> {
    const { inputs = [], provenance = null, name: title, origin } = name;
    const given = this.#ports.stores.transaction(() =>
      this.#namer.keep(palace, room, { name: title, origin, inputs, provenance }),
    );
    await this.#ports.changed();
    return done(given);
  }

  async #mayGive(): Promise<Outcome<null>> {
    return (await this.#ports.refusal()) ?? done(null);
  }

  async #job(palaceId: string, { room_ids: ids }: NameRooms): Promise<Outcome<Job>> {
    const refusal: Refusal | null = await this.#ports.refusal();
    if (refusal) return refusal;
    const { architect } = this.#ports.work;
    const palace = architect.byId(palaceId);
    if (!palace) return NO_PALACE;
    const unnamed = this.#namer.unnamed(palace, architect.rooms(palace));
    if (!ids) {
      const rooms = unnamed.slice(0, ROOMS_PER_REQUEST);
      return done({ palace, rooms, beyond: unnamed.length - rooms.length });
    }
    const rooms = [...new Set(ids)].map((id) => this.#room(palace, id));
    if (rooms.some((room) => room === null)) return NO_ROOM;
    const beyond = unnamed.filter((room) => !rooms.includes(room)).length;
    return done({ palace, rooms: rooms.filter((room) => room !== null), beyond });
  }

  async #at(palaceId: string, id: string): Promise<Outcome<{ palace: Palace; room: Room }>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const palace = this.#ports.work.architect.byId(palaceId);
    if (!palace) return NO_PALACE;
    const room = this.#room(palace, id);
    return room ? done({ palace, room }) : NO_ROOM;
  }

  #room(palace: Palace, id: string): Room | null {
    const named = parseRoomId(id);
    return named && this.#ports.work.architect.room(palace, named.theme, named.ordinal);
  }
}

const endOf = (answer: Outcome<NamedRooms>): FeedEvent =>
  answer.ok ? { event: 'end', data: answer.value } : { event: 'error', refusal: answer };
