/** A piece of what was recalled, with its id, so that an answer can say what it was made from. */
export interface Recalled {
  id: string;
  /** who wrote it; a name that they chose */
  who: string | null;
  text: string;
}

/**
 * What a template is filled with. `data` and `records` are written by people and enter quoted, as data; `count` and
 * `choice` are the service's own and may stand in an instruction.
 */
export type Slot =
  | { kind: 'data'; maxLetters: number }
  | { kind: 'records'; max: number; maxLetters: number }
  | { kind: 'count' }
  | { kind: 'choice'; options: readonly string[] };

export type Slots = Readonly<Record<string, Slot>>;

export type ValueOf<S extends Slot> = S extends { kind: 'data' }
  ? string
  : S extends { kind: 'records' }
    ? readonly Recalled[]
    : S extends { kind: 'count' }
      ? number
      : S extends { kind: 'choice'; options: readonly (infer O)[] }
        ? O
        : never;

export type Values<V extends Slots> = { readonly [K in keyof V]: ValueOf<V[K]> };

/** @param maxLetters UTF-16 units that are shown of it */
export const data = (maxLetters: number) => ({ kind: 'data', maxLetters }) as const;

/** @param max records that are shown; the first ones stay */
export const records = (max: number, maxLetters: number) => ({ kind: 'records', max, maxLetters }) as const;

export const count = { kind: 'count' } as const;

export const choice = <const O extends readonly string[]>(options: O) => ({ kind: 'choice', options }) as const;
