import { RpcTarget } from 'cloudflare:workers';
import type { SyncPort } from '../../src/http/sync-port.ts';
import type { ChangeMark, ChangeSet, PoisonRow } from '../../src/tasks/sync.ts';
import type { SyncDesk } from './sync-desk.ts';

export interface SyncApiPorts {
  /** null: nothing is held of this person */
  desk(): SyncDesk | null;
  rearm(): Promise<void>;
}

/** What the queue's consumer asks: it takes the changes of a person to Postgres, and says what it has saved. */
export class SyncApi extends RpcTarget implements SyncPort {
  readonly #ports: SyncApiPorts;

  constructor(ports: SyncApiPorts) {
    super();
    this.#ports = ports;
  }

  async changes(): Promise<ChangeSet | null> {
    return this.#ports.desk()?.take() ?? null;
  }

  async release(): Promise<void> {
    this.#ports.desk()?.release();
  }

  async confirm(through: ChangeMark): Promise<void> {
    const desk = this.#ports.desk();
    if (!desk) return; // erased meanwhile
    desk.confirm(through);
    await this.#ports.rearm();
  }

  async setAside(rows: PoisonRow[]): Promise<void> {
    this.#ports.desk()?.setAside(rows);
  }

  async outlive(erasedAt: number): Promise<void> {
    this.#ports.desk()?.outlive(erasedAt);
  }
}
