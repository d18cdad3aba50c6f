import { RpcTarget } from 'cloudflare:workers';
import type { Idempotency } from '../../src/http/palace-port.ts';
import type { NewPlaces, RelayoutPort, RelayoutWork, VectorPage } from '../../src/http/relayout-port.ts';
import type { Palace } from '../../src/palace/model.ts';
import type { RelayoutView } from '../../src/palace/relayout/contract.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { once } from '../stores/idempotency-store.ts';
import type { PalaceApiPorts } from './palace-api.ts';

const NO_PALACE = refused('not_found', 'No such palace.');

/** New layouts of a person's palaces, as routes and the queue's consumer see them. */
export class RelayoutApi extends RpcTarget implements RelayoutPort {
  readonly #ports: PalaceApiPorts;

  constructor(ports: PalaceApiPorts) {
    super();
    this.#ports = ports;
  }

  async start(palaceId: string, idempotency: Idempotency): Promise<Outcome<RelayoutView>> {
    const answer = await this.#at(palaceId, (palace) =>
      once(this.#ports.stores.idempotency, idempotency, () => {
        const now = Date.now();
        const started = this.#desk.start(palace, now);
        return started.ok ? done(this.#desk.view(started.value, palace, now)) : started;
      }),
    );
    if (!answer.ok) return answer;
    await this.#desk.step(Date.now());
    await this.#ports.changed();
    return answer;
  }

  async last(palaceId: string): Promise<Outcome<RelayoutView>> {
    return this.#at(palaceId, (palace) => {
      const last = this.#desk.last(palace);
      return last
        ? done(this.#desk.view(last, palace, Date.now()))
        : refused('not_found', 'It was never laid out anew.');
    });
  }

  async undo(palaceId: string): Promise<Outcome<RelayoutView>> {
    return this.#at(palaceId, (palace) => {
      const now = Date.now();
      const undone = this.#desk.undo(palace, now);
      return undone.ok ? done(this.#desk.view(undone.value, palace, now)) : undone;
    });
  }

  async begin(task: string): Promise<RelayoutWork | null> {
    return (await this.#ports.refusal()) ? null : this.#desk.begin(task, Date.now());
  }

  async vectors(task: string, afterRow: number, limit: number): Promise<VectorPage> {
    return this.#desk.vectors(task, afterRow, limit);
  }

  async progress(task: string, share: number): Promise<boolean> {
    return (await this.#ports.refusal()) === null && this.#desk.progress(task, share, Date.now());
  }

  async apply(task: string, places: NewPlaces): Promise<void> {
    if (!(await this.#ports.refusal())) this.#desk.apply(task, places, Date.now());
  }

  async failed(task: string, error: string): Promise<void> {
    if (await this.#ports.refusal()) return; // erased meanwhile
    this.#desk.failed(task, error, Date.now());
    await this.#ports.changed();
  }

  get #desk() {
    return this.#ports.work.relayouts;
  }

  async #at<T>(palaceId: string, answer: (palace: Palace) => Outcome<T>): Promise<Outcome<T>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const palace = this.#ports.work.architect.byId(palaceId);
    return palace ? answer(palace) : NO_PALACE;
  }
}
