import { addMarks, addRegisters, estimate, REGISTERS } from './distinct.ts';

const MINUTE_MS = 60_000;
/** Slots are of five minutes for an hour, and of an hour for a day. */
const SLOTS = { m: { ms: 5 * MINUTE_MS, kept: 13 }, h: { ms: 60 * MINUTE_MS, kept: 25 } } as const;
type SlotKind = keyof typeof SLOTS;

/** Windows that are shown. Each includes the slot that has just begun, so it is up to a slot longer than it says. */
export const WINDOWS = {
  '5m': { kind: 'm', slots: 2 },
  '1h': { kind: 'm', slots: 13 },
  '1d': { kind: 'h', slots: 25 },
} as const satisfies Record<string, { kind: SlotKind; slots: number }>;
export type Window = keyof typeof WINDOWS;

/** Registers of one slot, named as in `m:5868012`. */
export type Slots = Record<string, Uint8Array>;

/** How many different people used the service lately, in a fixed 78 KB and without knowing who. */
export class People {
  readonly slots = new Map<string, Uint8Array>();
  /** changed since they were saved */
  readonly changed = new Set<string>();

  add(marks: readonly number[], now: number): void {
    if (marks.length === 0) return;
    for (const kind of Object.keys(SLOTS) as SlotKind[]) addMarks(this.slotAt(kind, slotOf(kind, now)), marks);
  }

  /** Takes slots that were saved, or that another shard of the hub has. */
  take(slots: Slots): void {
    for (const [name, registers] of Object.entries(slots)) {
      const [kind, slot] = name.split(':');
      if (kind === 'm' || kind === 'h') addRegisters(this.slotAt(kind, Number(slot)), registers);
    }
  }

  /** @returns names of slots that are too old to be asked for */
  forget(now: number): string[] {
    const old = [...this.slots.keys()].filter((name) => {
      const [kind, slot] = name.split(':') as [SlotKind, string];
      return Number(slot) <= slotOf(kind, now) - SLOTS[kind].kept;
    });
    for (const name of old) this.slots.delete(name);
    return old;
  }

  within(window: Window, now: number): number {
    const { kind, slots } = WINDOWS[window];
    const union = new Uint8Array(REGISTERS);
    for (let i = 0; i < slots; i++) {
      const registers = this.slots.get(`${kind}:${slotOf(kind, now) - i}`);
      if (registers) addRegisters(union, registers);
    }
    return estimate(union);
  }

  private slotAt(kind: SlotKind, slot: number): Uint8Array {
    const name = `${kind}:${slot}`;
    let registers = this.slots.get(name);
    if (!registers) {
      registers = new Uint8Array(REGISTERS);
      this.slots.set(name, registers);
    }
    this.changed.add(name);
    return registers;
  }
}

const slotOf = (kind: SlotKind, now: number): number => Math.floor(now / SLOTS[kind].ms);
