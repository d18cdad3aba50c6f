import { normalise } from '../text/normalise.ts';
import { type MessageTable, NO_SPEAKER } from './message-table.ts';
import { type Neighbours, NONE } from './neighbours.ts';

/** A name stands behind a greeting, or behind a comma at the end of a sentence. */
const CALLS = [
  /\b(?:hi|hey|hello|dear|thanks|thank you|good morning|morning|good night|goodnight|good evening|bye|goodbye)[ ,]+(\p{Lu}\p{L}+)/giu,
  /\p{Ll}[,!] (\p{Lu}\p{L}+)[.!?]/gu,
];
const UPPER = /^\p{Lu}/u;
const NOBODY = new Set(['guys', 'everyone', 'everybody', 'all', 'there', 'god', 'man', 'dude', 'you', 'again', 'so']);
/** A name that is used less often may be of someone else, or none. */
const FEWEST = 2;
/** Share of the calls that must mean the same person. */
const CLEAR = 0.7;

/** What people call each other in talk: "Hi Kate!" to a speaker who is stored as "Emi". */
export class Nicknames {
  private readonly rows = new Map<string, Set<number>>();
  private readonly names = new Map<number, string[]>();

  add(row: number, content: string): void {
    const called = namesCalled(content);
    if (called.length === 0) return;
    this.names.set(row, called);
    for (const name of called) {
      const rows = this.rows.get(name) ?? new Set();
      this.rows.set(name, rows.add(row));
    }
  }

  remove(row: number): void {
    for (const name of this.names.get(row) ?? []) {
      const rows = this.rows.get(name)!;
      rows.delete(row);
      if (rows.size === 0) this.rows.delete(name);
    }
    this.names.delete(row);
  }

  /** The speaker whom the word calls, if it is clear. Whoever spoke last before, or next after, is called. */
  speakerOf(word: string, table: MessageTable, neighbours: Neighbours): number | undefined {
    const rows = this.rows.get(word);
    if (rows === undefined || rows.size < FEWEST) return undefined;
    const counts = new Map<number, number>();
    for (const row of rows) {
      const called = listener(row, table, neighbours);
      if (called !== NO_SPEAKER) counts.set(called, (counts.get(called) ?? 0) + 1);
    }
    for (const [speaker, count] of counts) if (count >= FEWEST && count >= CLEAR * rows.size) return speaker;
    return undefined;
  }
}

function namesCalled(content: string): string[] {
  const found = new Set<string>();
  for (const pattern of CALLS) {
    for (const [, name] of content.matchAll(pattern)) {
      // the greeting may be written in any case, the name may not
      if (!UPPER.test(name!)) continue;
      const plain = normalise(name!);
      if (!NOBODY.has(plain)) found.add(plain);
    }
  }
  return [...found];
}

function listener(row: number, { speaker }: MessageTable, { previous, next }: Neighbours): number {
  const self = speaker[row]!;
  for (const links of [previous, next]) {
    let other = links[row]!;
    for (let i = 0; i < 4 && other !== NONE; i++, other = links[other]!) {
      if (speaker[other] !== self && speaker[other] !== NO_SPEAKER) return speaker[other]!;
    }
  }
  return NO_SPEAKER;
}
