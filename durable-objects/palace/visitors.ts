import { type Neighbourhood, VisitorPosition } from '../../src/live/contract.ts';
import { keepState, type Stand, stateOf, tell } from '../messages/socket-state.ts';
import type { Life } from '../stores/life-store.ts';
import type { Stores } from '../stores/stores.ts';
import type { PalaceWork } from './palace-work.ts';

/** Ids that one event carries at most. */
const MOST_IDS = 500;

/** Visitors that walk through a palace, each at the other end of a socket. */
export class Visitors {
  private readonly ctx: DurableObjectState;
  private readonly stores: Stores;
  private readonly work: PalaceWork;

  constructor(ctx: DurableObjectState, stores: Stores, work: PalaceWork) {
    this.ctx = ctx;
    this.stores = stores;
    this.work = work;
  }

  /** A visitor says where they stand, and hears what came near and what did not stay. */
  async hear(socket: WebSocket, said: unknown): Promise<void> {
    const parsed = VisitorPosition.safeParse(said);
    if (!parsed.success) {
      const errors = parsed.error.issues.map(({ path, message }) => ({
        pointer: path.map((key) => `/${String(key)}`).join(''),
        detail: message,
      }));
      return tell(socket, { type: 'error', code: 'invalid_input', detail: 'This is no position.', errors });
    }
    const { x, y, z, radius, palace_id } = parsed.data;
    const { architect } = this.work;
    const palace = palace_id === undefined ? this.work.standard(Date.now()) : architect.byId(palace_id);
    if (!palace) return tell(socket, { type: 'error', code: 'not_found', detail: 'No such palace.' });

    const before = stateOf(socket).stand;
    const now: Stand = { palace: palace.row, at: [x, y, z], radius };
    keepState(socket, { stand: now });
    const [seen, sees] = [before ? await this.within(before) : new Uint32Array(0), await this.within(now)];
    const [old, current] = [new Set(seen), new Set(sees)];
    this.report(
      socket,
      'memory.entered',
      [...sees].filter((row) => !old.has(row)),
    );
    this.report(
      socket,
      'memory.left',
      [...seen].filter((row) => !current.has(row)),
    );
  }

  /** Memories stand where they did not stand before. */
  placed(lives: readonly Life[]): void {
    for (const socket of this.ctx.getWebSockets()) {
      const stand = stateOf(socket).stand;
      if (!stand) continue;
      const near = lives.filter((life) => isNear(stand, life)).map(({ row }) => row);
      this.report(socket, 'memory.entered', near);
    }
  }

  /** A memory has gone from where it stood. */
  gone(life: Life, id: string): void {
    for (const socket of this.ctx.getWebSockets()) {
      const stand = stateOf(socket).stand;
      if (stand && isNear(stand, life)) tell(socket, { type: 'memory.left', memory_ids: [id], total: 1 });
    }
  }

  private async within({ palace: row, at, radius }: Stand): Promise<Uint32Array> {
    const palace = this.work.architect.byRow(row);
    if (!palace) return new Uint32Array(0);
    return (await this.work.host.find(palace, { type: 'sphere', center: [...at], radius })).rows;
  }

  private report(socket: WebSocket, type: Neighbourhood['type'], rows: readonly number[]): void {
    if (rows.length === 0) return;
    const told = rows.slice(0, MOST_IDS);
    const ids = new Map(this.stores.messages.byRows(told).map(({ row, id }) => [row, id]));
    const memory_ids = told.flatMap((row) => ids.get(row) ?? []);
    tell(socket, { type, memory_ids, total: rows.length });
  }
}

function isNear({ palace, at, radius }: Stand, { palace: home, position }: Life): boolean {
  return palace === home && Math.hypot(...at.map((x, axis) => x - position[axis]!)) <= radius;
}
