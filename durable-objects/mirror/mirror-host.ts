import type { Inference, Utterance } from '../../src/mirror/inference.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';
import { log } from '../../src/shared/log.ts';
import type { Heard } from '../stores/mirror-store.ts';
import type { Stores } from '../stores/stores.ts';

/** How much is done at once, in messages. */
export const PACE = {
  /** of the history, before others get their turn; some 50 ms */
  slice: 200,
  /** a state is saved after so many while it catches up */
  saveEvery: 2_000,
  /** … and after so many when nothing is left to do */
  saveAtIdle: 256,
};

/** One inference as the host runs it: under a name of its own, with the consent that it needs. */
export interface Registered {
  consent: InferenceName;
  // biome-ignore lint/suspicious/noExplicitAny: states are as various as inferences; `state` gives each its own type back
  inference: Inference<any>;
  /** keeps up what was concluded of a state and is being read */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  renew?: (life: string, state: any) => void;
}
export type Registry = Readonly<Record<string, Registered>>;
type StateOf<R extends Registry, K extends keyof R> = R[K]['inference'] extends Inference<infer S> ? S : never;

/**
 * A state in memory. It holds every message of the person up to row `through` that has a vector by now: later ones come
 * in as they get theirs, those before it as well.
 */
interface Live {
  state: unknown;
  through: number;
  /** as of the saved state; 0: none is saved */
  savedThrough: number;
  /** messages since then */
  unsaved: number;
  /** there may be messages with a vector after `through` */
  behind: boolean;
}

/**
 * The running estimates of one person: loaded when first needed, kept up with storage from then on, and only those that
 * the person allows. Methods with "in a transaction" change storage and must be called within one; `reset` follows if
 * it rolls back.
 */
export class MirrorHost<R extends Registry> {
  private readonly live = new Map<string, Live>();
  private readonly stores: Stores;
  private readonly registry: R;
  private readonly pace: typeof PACE;

  constructor(stores: Stores, registry: R, pace = PACE) {
    this.stores = stores;
    this.registry = registry;
    this.pace = pace;
  }

  /** The state of an inference that is allowed, as far as it has come. */
  state<K extends keyof R & string>(name: K): StateOf<R, K> {
    return this.loaded(name).state as StateOf<R, K>;
  }

  /** Changes when something was taken back or begun anew: until then states only take in more, also across sleeps. */
  get life(): string {
    return this.stores.meta.life('mirror');
  }

  /** Share of the messages with a vector that a state has taken in, 0 to 1. */
  progress(name: keyof R & string): number {
    const live = this.loaded(name);
    if (!live.behind) return 1;
    const last = this.stores.mirror.lastRow();
    return last === 0 ? 1 : Math.min(1, live.through / last);
  }

  /** Those of some messages that a state has taken in. */
  held(name: keyof R & string, rows: readonly number[]): Set<number> {
    const { through } = this.loaded(name);
    const heard = this.stores.mirror.byRows(rows.filter((row) => row <= through));
    return new Set(heard.flatMap(({ row, utterance }) => (utterance ? [row] : [])));
  }

  /** Takes in messages that have just got their vectors. In a transaction. */
  take(heard: readonly Heard[]): InferenceName[] {
    const names = this.allowed();
    const touched = new Set<InferenceName>();
    for (const name of names) {
      const live = this.loaded(name);
      for (const one of heard) if (this.takeOne(name, live, one)) touched.add(this.registry[name]!.consent);
    }
    return [...touched];
  }

  private takeOne(name: string, live: Live, { row, utterance }: Heard): boolean {
    const isLate = row <= live.through;
    if (!isLate && live.behind) return false; // its turn comes
    if (!isLate) live.through = row;
    if (utterance === null) return false;
    this.apply(name, live, utterance, 1);
    if (row <= live.savedThrough) this.stores.mirror.addLate(name, row);
    return true;
  }

  /** Takes a message back that is about to be deleted, and saves what held it. In a transaction. */
  forget(row: number): InferenceName[] {
    const names = this.allowed();
    const [heard] = names.length === 0 ? [] : this.stores.mirror.byRows([row]);
    if (!heard?.utterance) return [];
    this.stores.meta.endLife('mirror');
    const touched = new Set<InferenceName>();
    for (const name of names) {
      const live = this.loaded(name);
      if (row > live.through) continue; // not reached yet
      this.apply(name, live, heard.utterance, -1);
      const wasLate = this.stores.mirror.removeLate(name, row);
      if (row <= live.savedThrough && !wasLate) this.write(name, live);
      touched.add(this.registry[name]!.consent);
    }
    return [...touched];
  }

  /** Takes in one slice of the history. @returns whether more is left */
  catchUp(): boolean {
    let more = false;
    const read = new Map<number, Heard[]>(); // most stand at the same row
    for (const name of this.allowed()) {
      const live = this.loaded(name);
      if (!live.behind) continue;
      const heard = read.get(live.through) ?? this.stores.mirror.after(live.through, this.pace.slice);
      read.set(live.through, heard);
      for (const { row, utterance } of heard) {
        if (utterance) this.apply(name, live, utterance, 1);
        live.through = row;
      }
      live.behind = heard.length === this.pace.slice;
      if (live.unsaved >= this.pace.saveEvery) this.stores.transaction(() => this.write(name, live));
      more ||= live.behind;
    }
    return more;
  }

  /** The consents under which something runs. */
  running(): InferenceName[] {
    return [...new Set(this.allowed().map((name) => this.registry[name]!.consent))];
  }

  /** True if some of the history is still to be taken in. */
  isBehind(): boolean {
    return this.allowed().some((name) => this.loaded(name).behind);
  }

  /** Saves what has moved on enough, so that the next life of the object has little to do over. */
  save(): void {
    for (const name of this.allowed()) {
      const live = this.live.get(name);
      if (live && live.unsaved >= this.pace.saveAtIdle) this.stores.transaction(() => this.write(name, live));
    }
  }

  /** Keeps up what is read of the states in memory. What cannot be renewed is concluded when it is read. */
  renew(): void {
    for (const name of this.allowed()) {
      const [live, { renew }] = [this.live.get(name), this.registry[name]!];
      if (!live || !renew) continue;
      try {
        renew(this.life, live.state);
      } catch (error) {
        log.error('a profile was not renewed', { name, error });
      }
    }
  }

  /** Erases everything that was concluded under a consent. In a transaction. */
  erase(consent: InferenceName): void {
    for (const [name, registered] of Object.entries(this.registry)) {
      if (registered.consent !== consent) continue;
      this.stores.mirror.erase(name);
      this.live.delete(name);
    }
    this.stores.meta.endLife('mirror');
  }

  /** Reads everything from storage anew. */
  reset(): void {
    this.live.clear();
    this.stores.meta.endLife('mirror');
  }

  private allowed(): string[] {
    const granted = this.stores.consents.granted();
    if (granted.size === 0) return [];
    return Object.keys(this.registry).filter((name) => granted.has(this.registry[name]!.consent));
  }

  /** A message that an inference cannot take is left out, each time alike: it must hold up no other. */
  private apply(name: string, live: Live, utterance: Utterance, sign: 1 | -1): void {
    try {
      this.registry[name]!.inference.apply(live.state, utterance, sign);
    } catch (error) {
      log.error('an inference failed', { name, row: utterance.row, error });
    }
    live.unsaved++;
  }

  private write(name: string, live: Live): void {
    const { inference } = this.registry[name]!;
    const { through } = live;
    this.stores.mirror.save(
      name,
      { version: inference.version, through, bytes: inference.toBytes(live.state) },
      Date.now(),
    );
    Object.assign(live, { savedThrough: through, unsaved: 0 });
  }

  private loaded(name: string): Live {
    let live = this.live.get(name);
    if (!live) {
      live = this.load(name);
      this.live.set(name, live);
    }
    return live;
  }

  private load(name: string): Live {
    const { inference } = this.registry[name]!;
    const saved = this.stores.mirror.load(name);
    if (saved && saved.version !== inference.version) this.stores.mirror.erase(name);
    const last = this.stores.mirror.lastRow();
    const fresh = { state: inference.empty(), through: 0, savedThrough: 0, unsaved: 0, behind: last > 0 };
    if (saved?.version !== inference.version) return fresh;
    try {
      const { through } = saved;
      const state = inference.fromBytes(saved.bytes);
      const live: Live = { state, through, savedThrough: through, unsaved: 0, behind: last > through };
      for (const { utterance } of this.stores.mirror.byRows(this.stores.mirror.late(name))) {
        if (utterance) this.apply(name, live, utterance, 1);
      }
      return live;
    } catch (error) {
      log.error('a saved profile cannot be read, concluding it anew', { name, error });
      return fresh;
    }
  }
}
