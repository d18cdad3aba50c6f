import type { Owner } from '../../src/auth/contract.ts';
import type { Env } from '../../src/env.ts';
import type { NewPlaces, RelayoutWork, VectorPage } from '../../src/http/relayout-port.ts';
import type { NewEvent } from '../../src/live/contract.ts';
import type { Task } from '../../src/messages/contract.ts';
import type { Palace } from '../../src/palace/model.ts';
import { FEWEST_MEMORIES, MOST_LOCAL, type RelayoutView, UNDO_MS } from '../../src/palace/relayout/contract.ts';
import { type Move, planMoves } from '../../src/palace/relayout/plan-moves.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { newUlid, taskId } from '../../src/shared/ids.ts';
import { iso } from '../../src/shared/instant.ts';
import { log } from '../../src/shared/log.ts';
import { backoffMs } from '../../src/tasks/backoff.ts';
import { earliest } from '../alarm-clock.ts';
import type { Moved, Relayout } from '../stores/relayout-store.ts';
import { relayoutTask } from '../stores/relayout-task.ts';
import type { Stores } from '../stores/stores.ts';
import type { Architect } from './architect.ts';
import type { PalaceHost } from './palace-host.ts';

/** A consumer that was asked, or is at work, is given this long to be heard of. */
const LEASE_MS = 90_000;
/** Tries before a layout is given up, some minutes in all. */
const MOST_ATTEMPTS = 8;
/** Progress is told in steps of this share at least. */
const TELL_STEP = 0.05;

export interface RelayoutDeskPorts {
  stores: Stores;
  architect: Architect;
  host: PalaceHost;
  env: Env;
  owner(): Owner;
  announce(events: readonly NewEvent[]): void;
  /** a transaction; what is held in memory is read anew if it rolls back */
  change<T>(work: () => T): T;
  /** the alarm follows what is due */
  rearm(): Promise<void>;
}

/**
 * New layouts of whole palaces: asked for here, computed by the queue's consumer, taken in here in one transaction. A
 * consumer that dies leaves nothing behind; the alarm asks another one, and after so many it has failed for all to see.
 */
export class RelayoutDesk {
  private readonly ports: RelayoutDeskPorts;

  constructor(ports: RelayoutDeskPorts) {
    this.ports = ports;
  }

  /** One at a time for each palace: asked for again while it goes on, it is that one. */
  start(palace: Palace, now: number): Outcome<Relayout> {
    const { stores, env } = this.ports;
    const open = stores.relayouts.openOf(palace.row);
    if (open) return done(open);
    const total = stores.relayouts.models(palace.row)[0]?.n ?? 0;
    if (total < FEWEST_MEMORIES) return refused('conflict', 'The palace holds too few memories to lay out.');
    if (!env.GPU_ORIGIN_URL && total > MOST_LOCAL) {
      const most = `Without a GPU origin at most ${MOST_LOCAL} memories can be laid out`;
      return refused('conflict', `${most}, and the palace holds ${total}. Set GPU_ORIGIN_URL.`);
    }
    const id = newUlid(now);
    stores.relayouts.add(id, palace.row, total, now);
    return done(stores.relayouts.find(id)!);
  }

  last(palace: Palace): Relayout | null {
    return this.ports.stores.relayouts.last(palace.row);
  }

  /** What has ended stays as it is. @returns false if there is no such one */
  cancel(id: string, now: number): boolean {
    const one = this.ports.stores.relayouts.find(id);
    if (!one) return false;
    if (one.finishedAt === null) this.end({ ...one, state: 'cancelled' }, now);
    return true;
  }

  /** Of an earlier one the palace has been asked to be laid out anew since. @returns true: there is work again */
  retry(one: Relayout, now: number): Outcome<true> {
    const { relayouts } = this.ports.stores;
    if (relayouts.last(one.palace)?.seq !== one.seq || relayouts.openOf(one.palace)) {
      return refused('conflict', 'A newer layout of this palace was asked for.');
    }
    const fresh = { state: 'pending' as const, attempts: 0, progress: 0, error: null, finishedAt: null, dueAt: now };
    relayouts.save({ ...one, ...fresh });
    return done(true);
  }

  /** Epoch ms. */
  nextDue(): number | null {
    const { relayouts } = this.ports.stores;
    const oldest = relayouts.oldestMoves();
    return earliest([relayouts.nextDue(), oldest === null ? null : oldest + UNDO_MS]);
  }

  /** Asks the queue for a consumer where one is due, and forgets what can no longer be taken back. */
  async step(now: number): Promise<void> {
    const { stores, env, owner } = this.ports;
    stores.relayouts.forgetMovesBefore(now - UNDO_MS);
    for (const one of stores.relayouts.open()) {
      if (one.dueAt > now) continue;
      if (one.attempts >= MOST_ATTEMPTS) {
        this.end({ ...one, state: 'failed', error: one.error ?? 'No consumer has answered.' }, now);
        continue;
      }
      stores.relayouts.save({ ...one, attempts: one.attempts + 1, dueAt: now + LEASE_MS });
      await env.BULK.send({ kind: 'relayout', ...owner(), task: one.id }).catch((error: unknown) => {
        log.error('the bulk queue cannot be reached', { id: one.id, error });
      });
    }
  }

  /* What the consumer asks */

  /** null: nothing is left to do of it. */
  begin(id: string, now: number): RelayoutWork | null {
    const { relayouts } = this.ports.stores;
    const one = this.openOne(id);
    const [model] = one ? relayouts.models(one.palace) : [];
    if (!one || !model) {
      if (one) this.end({ ...one, state: 'failed', error: 'The palace holds nothing any more.' }, now);
      return null;
    }
    relayouts.save({
      ...one,
      state: 'processing',
      total: model.n,
      progress: 0,
      startedAt: one.startedAt ?? now,
      dueAt: now + LEASE_MS,
    });
    this.tell(one, 0);
    return { size: model.n, dimensions: model.width };
  }

  vectors(id: string, afterRow: number, limit: number): VectorPage {
    const { relayouts } = this.ports.stores;
    const one = this.openOne(id);
    const [model] = one ? relayouts.models(one.palace) : [];
    const found = one && model ? relayouts.vectors(one.palace, model.model, model.width, afterRow, limit) : [];
    const width = model?.width ?? 0;
    const bytes = new Int8Array(found.length * width);
    found.forEach(({ vector }, i) => {
      bytes.set(new Int8Array(vector), i * width);
    });
    return {
      rows: Uint32Array.from(found, ({ row }) => row),
      bytes,
      scales: Float32Array.from(found, ({ scale }) => scale),
    };
  }

  /** @returns whether to go on */
  progress(id: string, share: number, now: number): boolean {
    const one = this.openOne(id);
    if (!one) return false;
    const isNews = share - one.progress >= TELL_STEP;
    if (isNews || one.dueAt - now < LEASE_MS / 2) {
      this.ports.stores.relayouts.save({ ...one, progress: Math.max(one.progress, share), dueAt: now + LEASE_MS });
    }
    if (isNews) this.tell(one, share);
    return true;
  }

  /** Moves every memory that the layout knows and that is still there, in one transaction with a new epoch. */
  apply(id: string, { rows, places, ranAt }: NewPlaces, now: number): void {
    const one = this.openOne(id);
    const palace = one && this.ports.architect.byRow(one.palace);
    if (!one || !palace || places.length !== 3 * rows.length) return;
    const moves = this.planned(palace, rows, places);
    const ended: Relayout = { ...one, state: 'completed', progress: 1, moved: moves.length, ranAt, error: null };
    this.move(
      moves.map(({ after }) => after),
      () => {
        this.ports.stores.relayouts.forgetMoves(palace.row);
        this.ports.stores.relayouts.keepMoves(one.seq, moves);
        this.ports.stores.relayouts.save({ ...ended, finishedAt: now });
      },
    );
    this.told(ended, 'completed');
  }

  /** It is tried again after a while, or given up. */
  failed(id: string, error: string, now: number): void {
    const one = this.openOne(id);
    if (!one) return;
    if (one.attempts >= MOST_ATTEMPTS) this.end({ ...one, state: 'failed', error }, now);
    else {
      const dueAt = now + backoffMs(Math.max(1, one.attempts), Math.random());
      this.ports.stores.relayouts.save({ ...one, error, dueAt });
    }
  }

  /** Puts back what still stands where the last layout put it. */
  undo(palace: Palace, now: number): Outcome<Relayout> {
    const { stores } = this.ports;
    const last = this.last(palace);
    if (!last || !this.canUndo(last, now)) return refused('conflict', 'There is no layout that can be taken back.');
    const back = this.standingBack(palace, stores.relayouts.moves(last.seq));
    const undone: Relayout = { ...last, undoneAt: now };
    this.move(back, () => {
      stores.relayouts.forgetMoves(palace.row);
      stores.relayouts.save(undone);
    });
    this.told({ ...undone, moved: back.length }, 'undone');
    return done(undone);
  }

  canUndo({ state, finishedAt, undoneAt, seq }: Relayout, now: number): boolean {
    const isInTime = finishedAt !== null && now < finishedAt + UNDO_MS;
    return state === 'completed' && isInTime && undoneAt === null && this.ports.stores.relayouts.hasMoves(seq);
  }

  view(one: Relayout, palace: Palace, now: number): RelayoutView {
    const { finishedAt } = one;
    const canUndo = finishedAt !== null && this.canUndo(one, now);
    return {
      ...this.names(one),
      palace_id: palace.id,
      status: one.state,
      progress: one.progress,
      memories: one.total,
      moved: one.moved,
      attempts: one.attempts,
      error: one.error,
      ran_at: one.ranAt,
      created_at: iso(one.createdAt),
      finished_at: iso(finishedAt),
      undo_until: canUndo ? iso(finishedAt + UNDO_MS) : null,
      undone_at: iso(one.undoneAt),
    };
  }

  /** As the task that it is. */
  task(one: Relayout): Task {
    const { userId } = this.ports.owner();
    return relayoutTask(one, userId, this.names(one).palace_id);
  }

  find(id: string): Relayout | null {
    return this.ports.stores.relayouts.find(id);
  }

  /* Within */

  private openOne(id: string): Relayout | null {
    const one = this.ports.stores.relayouts.find(id);
    return one && one.finishedAt === null ? one : null;
  }

  private planned(palace: Palace, rows: Uint32Array, places: Float32Array): Moved[] {
    const standing = this.ports.stores.relayouts.standing(palace.row);
    const placeOf = new Map(Array.from(rows, (row, at) => [row, at]));
    const known = standing.filter(({ row }) => placeOf.has(row));
    const chosen = new Float32Array(3 * known.length);
    known.forEach(({ row }, i) => {
      const at = 3 * placeOf.get(row)!;
      chosen.set(places.subarray(at, at + 3), 3 * i);
    });
    const rooms = this.ports.architect.rooms(palace).map(({ row, theme, bounds, capacity, memories }) => ({
      row,
      wing: theme,
      bounds,
      capacity,
      memories,
    }));
    const before = new Map(known.map((one) => [one.row, one]));
    return planMoves(known, chosen, rooms).map((after) => ({ before: before.get(after.row)!, after }));
  }

  /** Rooms may have filled up meanwhile: who finds their room full stays. */
  private standingBack(palace: Palace, moves: readonly Moved[]): Move[] {
    const now = new Map(this.ports.stores.relayouts.standing(palace.row).map((one) => [one.row, one]));
    const stayed = moves.filter(({ after }) => {
      const one = now.get(after.row);
      return one?.room === after.room && one.position.every((x, axis) => x === after.position[axis]);
    });
    const free = new Map(
      this.ports.architect.rooms(palace).map(({ row, capacity, memories }) => [row, capacity - memories]),
    );
    for (const { after } of stayed) free.set(after.room, (free.get(after.room) ?? 0) + 1);
    return stayed.flatMap(({ before }) => {
      const room = free.get(before.room) ?? 0;
      if (room <= 0) return [];
      free.set(before.room, room - 1);
      return [before];
    });
  }

  /** All or nothing: the moves, the note of them, the new epoch, and that Postgres must hear of it. */
  private move(moves: readonly Move[], note: () => void): void {
    const { stores, host, architect, change } = this.ports;
    change(() => {
      for (const move of moves) stores.relayouts.move(move);
      for (const [from, to] of stretches(moves.map(({ row }) => row))) stores.outbox.add(from, to);
      host.bump();
      note();
    });
    architect.reset();
    host.reset();
    void this.ports.rearm();
  }

  private end(one: Relayout & { state: 'failed' | 'cancelled' }, now: number): void {
    this.ports.stores.relayouts.save({ ...one, finishedAt: now });
    this.told(one, one.state);
  }

  private tell(one: Relayout, progress: number): void {
    const { task_id, palace_id } = this.names(one);
    this.ports.announce([{ type: 'relayout.progress', task_id, palace_id, progress }]);
  }

  private told(one: Relayout, status: 'completed' | 'failed' | 'cancelled' | 'undone'): void {
    this.ports.announce([{ type: 'relayout.ended', ...this.names(one), status, moved: one.moved }]);
  }

  private names({ id, palace }: Relayout) {
    const { owner, architect } = this.ports;
    return { task_id: taskId(id, owner().userId), palace_id: architect.byRow(palace)?.id ?? '' };
  }
}

/** Ascending runs of neighbouring rows: far fewer than rows. */
function stretches(rows: readonly number[]): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const row of rows.toSorted((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && row === last[1] + 1) last[1] = row;
    else found.push([row, row]);
  }
  return found;
}
