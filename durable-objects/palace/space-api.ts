import { RpcTarget } from 'cloudflare:workers';
import type { NamedPlace, SpacePort, SpaceStamp } from '../../src/http/space-port.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import type { PalaceApiPorts } from './palace-api.ts';

/** A person's palaces as numbers. */
export class SpaceApi extends RpcTarget implements SpacePort {
  readonly #ports: PalaceApiPorts;

  constructor(ports: PalaceApiPorts) {
    super();
    this.#ports = ports;
  }

  async stamp(palaceId: string | null): Promise<Outcome<SpaceStamp>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const { stores, work } = this.#ports;
    const palace = palaceId === null ? work.standard(Date.now()) : work.architect.byId(palaceId);
    if (!palace) return refused('not_found', 'No such palace.');
    const size = work.architect.rooms(palace).reduce((sum, { memories }) => sum + memories, 0);
    return done({ palaceId: palace.id, life: stores.meta.life('palace'), epoch: work.host.epoch, size });
  }

  async points(palaceId: string, epoch: number): Promise<Float32Array | null> {
    const standing = this.#standing(palaceId, epoch);
    return standing && Float32Array.from(standing.flatMap(({ position }) => [...position]));
  }

  async named(palaceId: string, epoch: number, numbers: Uint32Array): Promise<NamedPlace[] | null> {
    const standing = this.#standing(palaceId, epoch);
    if (!standing) return null;
    const chosen = Array.from(numbers, (number) => standing[number]!);
    const ids = new Map(
      this.#ports.stores.messages.byRows(chosen.map(({ row }) => row)).map(({ row, id }) => [row, id]),
    );
    return chosen.map(({ row, position: [x, y, z] }) => ({ id: ids.get(row)!, position: [x, y, z] }));
  }

  #standing(palaceId: string, epoch: number) {
    const { stores, work } = this.#ports;
    const palace = work.architect.byId(palaceId);
    return palace && work.host.epoch === epoch ? stores.relayouts.standing(palace.row) : null;
  }
}
