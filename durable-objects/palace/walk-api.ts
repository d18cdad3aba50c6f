import { RpcTarget } from 'cloudflare:workers';
import type { Idempotency } from '../../src/http/palace-port.ts';
import type { WalkPort } from '../../src/http/walk-port.ts';
import { anchorId, type Palace, roomId } from '../../src/palace/model.ts';
import type { NavigateBody, Route } from '../../src/palace/navigation/contract.ts';
import { strengthAt, type Trace } from '../../src/palace/strength.ts';
import {
  type NewTrail,
  type Practice,
  type StopAnswer,
  type StopView,
  TRAIL_LIMITS,
  type TrailPage,
  type TrailSummary,
  type TrailView,
} from '../../src/palace/trails/contract.ts';
import { dueAt, dueStops, nextStop, practised, previousStop } from '../../src/palace/trails/trail.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { iso } from '../../src/shared/instant.ts';
import { BAD_CURSOR, decodeCursor, encodeCursor, pageOf } from '../../src/shared/page.ts';
import { once } from '../stores/idempotency-store.ts';
import type { Stop, Trail } from '../stores/trail-store.ts';
import { navigate } from './navigator.ts';
import type { PalaceApiPorts } from './palace-api.ts';

const NO_TRAIL = refused('not_found', 'No such trail.');

/** A stop, and where it is. */
interface LocatedStop extends Stop {
  gone: boolean;
  view: StopView;
}

/** Ways through a person's palaces: routes to a place, and trails to learn by heart. */
export class WalkApi extends RpcTarget implements WalkPort {
  readonly #ports: PalaceApiPorts;

  constructor(ports: PalaceApiPorts) {
    super();
    this.#ports = ports;
  }

  async navigate(body: NavigateBody): Promise<Outcome<Route>> {
    return (await this.#ports.refusal()) ?? navigate(this.#ports, body, Date.now());
  }

  async trails(limit: number, cursor: string | undefined): Promise<Outcome<TrailPage>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const before = cursor === undefined ? null : decodeCursor(cursor, 1);
    if (cursor !== undefined && !before) return BAD_CURSOR;
    const rows = this.#ports.stores.trails.list(before?.[0] ?? null, limit + 1);
    const page = pageOf(rows, limit, (last) => encodeCursor([last.row]));
    return done({ items: page.items.map((trail) => this.#summary(trail)), next: page.next });
  }

  async trail(id: string): Promise<Outcome<TrailView>> {
    return this.#at(id, (trail) => done(this.#view(trail)));
  }

  async create(body: NewTrail, idempotency: Idempotency): Promise<Outcome<TrailView>> {
    const refusal = await this.#ports.refusal();
    return refusal ?? once(this.#ports.stores.idempotency, idempotency, () => this.#lay(body));
  }

  #lay(body: NewTrail): Outcome<TrailView> {
    const { stores, work } = this.#ports;
    const now = Date.now();
    const palace = body.palace_id === undefined ? work.standard(now) : work.architect.byId(body.palace_id);
    if (!palace) return refused('not_found', 'No such palace.');
    if (stores.trails.count() >= TRAIL_LIMITS.trails) {
      return refused('conflict', `A user has at most ${TRAIL_LIMITS.trails} trails.`);
    }
    const stops = this.#newStops(palace, body);
    if (!stops.ok) return stops;
    const { name, description = null } = body;
    const trail = stores.transaction(() =>
      stores.trails.add({ id: newUlid(now), name, description, palace: palace.row, createdAt: now }, stops.value),
    );
    return done(this.#view(trail));
  }

  async remove(id: string): Promise<Outcome<null>> {
    return this.#at(id, ({ row }) => {
      const { stores } = this.#ports;
      stores.transaction(() => stores.trails.remove(row));
      return done(null);
    });
  }

  async next(id: string, after: number): Promise<Outcome<StopAnswer>> {
    return this.#at(id, (trail) => done({ stop: nextStop(this.#stops(trail), after)?.view ?? null }));
  }

  async previous(id: string, before: number): Promise<Outcome<StopAnswer>> {
    return this.#at(id, (trail) => done({ stop: previousStop(this.#stops(trail), before)?.view ?? null }));
  }

  async practise(id: string, practice: Practice, idempotency: Idempotency): Promise<Outcome<TrailView>> {
    return this.#at(id, (trail) =>
      once(this.#ports.stores.idempotency, idempotency, () => this.#practise(trail, practice)),
    );
  }

  #practise(trail: Trail, { stop: number, rating }: Practice): Outcome<TrailView> {
    const { trails } = this.#ports.stores;
    const now = Date.now();
    if (number === undefined) {
      trails.setTrace(trail.row, practised(trail.trace, rating, now));
      return done(this.#view(trails.find(trail.id)!));
    }
    const stop = this.#stops(trail).find((one) => one.number === number);
    if (!stop) return refused('not_found', 'The trail has no such stop.');
    if (stop.gone) return refused('conflict', 'The memory of this stop was deleted.');
    trails.setStopTrace(trail.row, number, practised(stop.trace, rating, now));
    return done(this.#view(trail));
  }

  async #at<T>(id: string, answer: (trail: Trail) => Outcome<T>): Promise<Outcome<T>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const trail = this.#ports.stores.trails.find(id);
    return trail ? answer(trail) : NO_TRAIL;
  }

  /** The stops as they are stored; each anchor and memory must be there. */
  #newStops(palace: Palace, { stops }: NewTrail): Outcome<Omit<Stop, 'trace'>[]> {
    const anchors = this.#anchors(palace);
    const stored: Omit<Stop, 'trace'>[] = [];
    for (const [i, { anchor_id, memory_id, note = null }] of stops.entries()) {
      const number = i + 1;
      if (anchor_id !== undefined && !anchors.has(anchor_id)) {
        return refused('not_found', `Stop ${number} names an anchor that is not in this palace.`);
      }
      const memory = memory_id === undefined ? null : this.#ports.find(memory_id);
      if (memory_id !== undefined && !memory) return refused('not_found', `Stop ${number} names no memory.`);
      stored.push({ number, anchor: anchor_id ?? null, memory: memory?.id ?? null, note });
    }
    return done(stored);
  }

  #anchors(palace: Palace) {
    const rooms = new Map(this.#ports.work.architect.rooms(palace).map((room) => [room.row, room]));
    return new Map(
      this.#ports.stores.palaces.anchors(palace.row).map(({ room: row, number, position }) => {
        const room = rooms.get(row)!;
        return [anchorId(room, number), { room_id: roomId(room), position }] as const;
      }),
    );
  }

  #stops(trail: Trail): LocatedStop[] {
    const { stores, work } = this.#ports;
    const now = Date.now();
    const stops = stores.trails.stops(trail.row);
    const palace = work.architect.byRow(trail.palace);
    const anchors = palace && stops.some(({ anchor }) => anchor !== null) ? this.#anchors(palace) : null;
    return stops.map((stop) => {
      const anchor = stop.anchor === null ? undefined : anchors?.get(stop.anchor);
      const gone = (stop.memory !== null && !this.#ports.find(stop.memory)) || (stop.anchor !== null && !anchor);
      const where = gone
        ? null
        : anchor && palace
          ? { palace_id: palace.id, room_id: anchor.room_id, position: [...anchor.position] as Triple }
          : this.#placeOf(stop.memory);
      const view: StopView = {
        number: stop.number,
        anchor_id: stop.anchor,
        memory_id: stop.memory,
        note: stop.note,
        gone,
        palace_id: where?.palace_id ?? null,
        room_id: where?.room_id ?? null,
        position: where?.position ?? null,
        ...practiceView(stop.trace, trail.createdAt, now),
      };
      return { ...stop, gone, view };
    });
  }

  /** Where a memory stands, or null while it is not placed. */
  #placeOf(id: string | null) {
    const { stores, work, find } = this.#ports;
    const message = id === null ? null : find(id);
    const life = message && stores.lives.find(message.row);
    const palace = life && work.architect.byRow(life.palace);
    const room = palace && work.architect.rooms(palace).find(({ row }) => row === life.room);
    return room ? { palace_id: palace.id, room_id: roomId(room), position: [...life.position] as Triple } : null;
  }

  #summary(trail: Trail): TrailSummary {
    const { id, name, description, createdAt } = trail;
    return {
      id,
      name,
      description,
      palace_id: this.#ports.work.architect.byRow(trail.palace)?.id ?? '',
      created_at: iso(createdAt),
      ...practiceView(trail.trace, createdAt, Date.now()),
    };
  }

  #view(trail: Trail): TrailView {
    const stops = this.#stops(trail);
    return {
      ...this.#summary(trail),
      stops: stops.map(({ view }) => view),
      due_stops: dueStops(stops, trail.createdAt, Date.now()),
    };
  }
}

type Triple = [number, number, number];

const practiceView = (trace: Trace | null, createdAt: number, now: number) => ({
  strength: trace && strengthAt(trace, now),
  reviews: trace?.reps ?? 0,
  lapses: trace?.lapses ?? 0,
  last_review: trace && iso(trace.lastReview),
  due: iso(dueAt(trace, createdAt)),
});
