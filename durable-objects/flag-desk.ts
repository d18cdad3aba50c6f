import { waitUntil } from 'cloudflare:workers';
import type { Owner } from '../src/auth/contract.ts';
import { tallyOf } from '../src/cache/tally.ts';
import type { Env } from '../src/env.ts';
import { FlagReader } from '../src/flags/flag-reader.ts';
import type { FlagName } from '../src/flags/registry.ts';
import { type MirrorVersions, type PredictedKind, VERSIONS, type Versions } from '../src/mirror/variants.ts';

/** Of the isolate, for all its objects. */
let reader: FlagReader | undefined;

/** Which of the flags are on for one person. */
export class FlagDesk {
  private readonly env: Env;
  private readonly owner: () => Owner;

  constructor(env: Env, owner: () => Owner) {
    this.env = env;
    this.owner = owner;
  }

  isOn(name: FlagName): Promise<boolean> {
    reader ??= new FlagReader({ kv: this.env.KV, tally: tallyOf('flags', 'l1'), later: waitUntil });
    const { tenantId, userId } = this.owner();
    return reader.isOn(name, tenantId, userId);
  }

  /** Which versions of the mirror's rules are shown, and which run unseen. */
  async mirror(): Promise<MirrorVersions> {
    return { reply: await this.versions('reply'), decision: await this.versions('decision') };
  }

  private async versions<K extends PredictedKind>(kind: K): Promise<Versions<K>> {
    const [present, candidate] = VERSIONS[kind] as readonly [Versions<K>['shown'], Versions<K>['shown']];
    const isCandidate = await this.isOn(`mirror_${kind}_candidate`);
    const hasShadow = await this.isOn(`mirror_${kind}_shadow`);
    const [shown, other] = isCandidate ? [candidate, present] : [present, candidate];
    return { shown, shadow: hasShadow ? other : null };
  }
}
