import { RpcTarget } from 'cloudflare:workers';
import type { Idempotency, MemoryListOptions, PalaceRoot } from '../../src/http/palace-port.ts';
import type { SearchAnswer, SearchBody } from '../../src/palace/contract.ts';
import type {
  Curve,
  MemoryFilters,
  MemoryPage,
  MemoryPatch,
  MemoryView,
  PlacedMemory,
  Rating,
  SpatialAnswer,
  SpatialQuery,
} from '../../src/palace/memories/contract.ts';
import { type Palace, parseRoomId, roomId } from '../../src/palace/model.ts';
import type { NewPalace, PalaceAnalytics, PalaceView, Rooms } from '../../src/palace/rooms/contract.ts';
import type { Found } from '../../src/palace/spatial-answers.ts';
import { curveOf } from '../../src/palace/strength.ts';
import { done, type Outcome, type Refusal, refused } from '../../src/shared/errors.ts';
import { BAD_CURSOR, badCursorIn, decodeCursor, encodeCursor, pageOf } from '../../src/shared/page.ts';
import { once, QUOTES } from '../stores/idempotency-store.ts';
import type { Life } from '../stores/life-store.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { Stores } from '../stores/stores.ts';
import type { TextDesk } from '../text-desk.ts';
import { EVERYTHING } from './palace-host.ts';
import { type MemoryViews, memoryViews, palaceView, roomsView } from './palace-views.ts';
import type { PalaceWork } from './palace-work.ts';
import { ReaderApi } from './reader-api.ts';
import { RelayoutApi } from './relayout-api.ts';
import { RoomNamesApi } from './room-names-api.ts';
import { SpaceApi } from './space-api.ts';
import { WalkApi } from './walk-api.ts';

const NO_PALACE = refused('not_found', 'No such palace.');
const NO_MEMORY = refused('not_found', 'No such memory.');

export interface PalaceApiPorts {
  /** writes summaries */
  texts: TextDesk;
  stores: Stores;
  work: PalaceWork;
  /** why nothing can be read of this person, or null; afterwards what is stored is here and placed */
  refusal(): Promise<Refusal | null>;
  /** makes the tables of a new person */
  prepare(): void;
  /** the message row of a ULID or a client's own id */
  find(id: string): MessageRow | null;
  search(body: SearchBody): Promise<SearchAnswer>;
  /** fit of all messages to a text, best first, by row */
  rank(text: string): Promise<Map<number, number>>;
  /** something was written that must reach Postgres */
  changed(): Promise<void>;
}

/** A person's palaces as routes see them. Each method is one call of a route; what is not there is refused as a value. */
export class PalaceApi extends RpcTarget implements PalaceRoot {
  readonly #ports: PalaceApiPorts;
  readonly #views: MemoryViews;

  constructor(ports: PalaceApiPorts) {
    super();
    this.#ports = ports;
    this.#views = memoryViews(ports.stores, ports.work.architect);
  }

  walks(): WalkApi {
    return new WalkApi(this.#ports);
  }

  names(): RoomNamesApi {
    return new RoomNamesApi(this.#ports);
  }

  relayouts(): RelayoutApi {
    return new RelayoutApi(this.#ports);
  }

  space(): SpaceApi {
    return new SpaceApi(this.#ports);
  }

  reader(): ReaderApi {
    return new ReaderApi(this.#ports);
  }

  async list(): Promise<Outcome<PalaceView[]>> {
    return this.#read(async ({ architect }) => {
      this.#ports.work.standard(Date.now());
      return done(architect.all().map((palace) => palaceView(palace, architect.rooms(palace))));
    });
  }

  async create({ name, layout }: NewPalace, idempotency: Idempotency): Promise<Outcome<PalaceView>> {
    const refusal = await this.#ports.refusal();
    if (refusal && refusal.code !== 'not_found') return refusal;
    this.#ports.prepare();
    return once(this.#ports.stores.idempotency, idempotency, () => {
      const { work } = this.#ports;
      const made = work.create(name, layout, Date.now());
      return made.ok ? done(palaceView(made.value, work.architect.rooms(made.value))) : made;
    });
  }

  async rooms(palaceId: string): Promise<Outcome<Rooms>> {
    return this.#read(async ({ architect }) => {
      const palace = this.#palace(palaceId);
      return palace ? done(roomsView(palace, architect.rooms(palace), this.#ports.stores)) : NO_PALACE;
    });
  }

  async analytics(palaceId: string): Promise<Outcome<PalaceAnalytics>> {
    return this.#read(async ({ architect, host }) => {
      const palace = this.#palace(palaceId);
      if (!palace) return NO_PALACE;
      const { meanStrength, ...counts } = host.facts().summary(palace.row, Date.now());
      const rooms = architect
        .rooms(palace)
        .filter(({ capacity }) => capacity > 0)
        .map((room) => ({ room_id: roomId(room), memories: room.memories, fill: room.memories / room.capacity }));
      return done({ palace_id: palace.id, ...counts, mean_strength: meanStrength, rooms });
    });
  }

  async memories({ filters, palace_id, limit, cursor }: MemoryListOptions): Promise<Outcome<MemoryPage>> {
    return this.#read(async () => {
      const palace = palace_id === undefined ? null : this.#palace(palace_id);
      if (palace_id !== undefined && !palace) return NO_PALACE;
      const after = cursor === undefined ? null : decodeCursor(cursor, 2);
      if (cursor !== undefined && !after) return BAD_CURSOR;
      const room = this.#room(palace, filters);
      if (room === null) return done({ items: [], next: null });
      const lives = this.#ports.stores.lives.list({
        palace: palace?.row ?? null,
        room: room ?? null,
        filters,
        now: Date.now(),
        order: filters.due === true ? 'due' : 'row',
        after: after && { due: after[0]!, row: after[1]! },
        limit: limit + 1,
      });
      const page = pageOf(lives, limit, (last) => encodeCursor([last.due, last.row]));
      return done({ items: this.#views.ofLives(page.items), next: page.next });
    });
  }

  async memory(id: string): Promise<Outcome<MemoryView>> {
    return this.#read(async () => {
      const message = this.#ports.find(id);
      return message ? done(this.#views.ofMessage(message)) : NO_MEMORY;
    });
  }

  async patch(id: string, patch: MemoryPatch): Promise<Outcome<MemoryView>> {
    return this.#change(id, (life) => {
      const { superseded_by } = patch;
      const successor = typeof superseded_by === 'string' ? this.#life(superseded_by) : null;
      if (typeof superseded_by === 'string' && !successor)
        return refused('not_found', 'No such memory to supersede it.');
      return this.#ports.work.patch(life, patch, successor);
    });
  }

  async reinforce(id: string, rating: Rating, idempotency: Idempotency): Promise<Outcome<MemoryView>> {
    return this.#change(id, (life) => done(this.#ports.work.reinforce(life, rating, Date.now())), idempotency);
  }

  async curve(id: string): Promise<Outcome<Curve>> {
    return this.#read(async () => {
      const message = this.#ports.find(id);
      if (!message) return NO_MEMORY;
      const view = this.#views.ofMessage(message);
      const points = curveOf(this.#views.trace(message), Date.now());
      return done({
        memory_id: view.id,
        pinned: view.pinned,
        last_review: view.last_review,
        due: view.due,
        points: points.map(({ at, strength }) => ({
          at: new Date(at).toISOString(),
          strength: view.pinned ? 1 : strength,
        })),
      });
    });
  }

  async query(query: SpatialQuery): Promise<Outcome<SpatialAnswer>> {
    const started = performance.now();
    return this.#read(async ({ host, standard }) => {
      const { limit, cursor, filters = EVERYTHING } = query;
      const palace = query.palace_id === undefined ? standard : this.#palace(query.palace_id);
      if (!palace) return NO_PALACE;
      const from = cursor === undefined ? [0] : decodeCursor(cursor, 1);
      if (!from || from[0]! < 0) return badCursorIn('body');
      const room = this.#room(palace, filters);
      const scores = query.text === undefined ? null : await this.#ports.rank(query.text);
      const found = room === null ? null : await host.find(palace, query.shape, filters, room);
      const hits = found && (scores ? ranked(found, scores) : found);
      const page = hits ? hitsOf(hits, from[0]!, from[0]! + limit) : [];
      const [end, total] = [from[0]! + page.length, hits?.rows.length ?? 0];
      return done({
        items: this.#placed(page),
        next: end < total ? encodeCursor([end]) : null,
        total,
        epoch: host.epoch,
        timing_ms: performance.now() - started,
      });
    });
  }

  #placed(hits: readonly Hit[]): PlacedMemory[] {
    const found = new Map(hits.map((hit) => [hit.row, hit]));
    return this.#views.ofRows([...found.keys()]).map(({ row, view }) => {
      const { distance, score } = found.get(row)!;
      const placed = Object.assign(view, { distance: Number.isNaN(distance) ? null : distance }); // no copy of the view
      return score === null ? placed : Object.assign(placed, { score });
    });
  }

  /** Undefined: the filters name no room; null: they name one that is not there. */
  #room(palace: Palace | null, { room_id }: MemoryFilters): number | null | undefined {
    if (room_id === undefined) return undefined;
    const named = parseRoomId(room_id);
    const { architect } = this.#ports.work;
    const home = palace ?? architect.all().find(({ isDefault }) => isDefault);
    return (named && home && architect.room(home, named.theme, named.ordinal)?.row) ?? null;
  }

  #palace(id: string): Palace | null {
    return this.#ports.work.architect.byId(id);
  }

  #life(id: string): Life | null {
    const message = this.#ports.find(id);
    return message && this.#ports.stores.lives.find(message.row);
  }

  async #read<T>(answer: (at: ReadContext) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const { architect, host } = this.#ports.work;
    return answer({ architect, host, standard: this.#ports.work.standard(Date.now()) });
  }

  async #change(
    id: string,
    change: (life: Life) => Outcome<Life>,
    idempotency: Idempotency = null,
  ): Promise<Outcome<MemoryView>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const message = this.#ports.find(id);
    if (!message) return NO_MEMORY;
    const life = this.#ports.stores.lives.find(message.row);
    if (!life) return refused('conflict', 'The memory is not placed yet.');
    const act = () => {
      const changed = change(life);
      return changed.ok ? done(this.#views.ofMessage(message)) : changed;
    };
    const answer = once(this.#ports.stores.idempotency, idempotency, act, QUOTES);
    if (answer.ok) await this.#ports.changed();
    return answer;
  }
}

interface ReadContext {
  architect: PalaceWork['architect'];
  host: PalaceWork['host'];
  standard: Palace;
}

interface Hit {
  row: number;
  distance: number;
  /** null without a text */
  score: number | null;
}

interface Hits extends Found {
  /** by row; undefined without a text */
  scores?: ReadonlyMap<number, number>;
}

/** Those of what was found that fit a text, the best first. */
function ranked({ rows, distances }: Found, scores: ReadonlyMap<number, number>): Hits {
  const fitting = [...rows.keys()].filter((i) => scores.has(rows[i]!));
  fitting.sort((a, b) => scores.get(rows[b]!)! - scores.get(rows[a]!)! || rows[a]! - rows[b]!);
  return {
    rows: Uint32Array.from(fitting, (i) => rows[i]!),
    distances: Float64Array.from(fitting, (i) => distances[i]!),
    scores,
  };
}

function hitsOf({ rows, distances, scores }: Hits, from: number, to: number): Hit[] {
  const page = rows.subarray(from, to);
  return Array.from(page, (row, i) => ({ row, distance: distances[from + i]!, score: scores?.get(row) ?? null }));
}
