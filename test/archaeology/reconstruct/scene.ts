import type { KnownMessage, OtherCopy, Place, ReconstructPorts } from '../../../src/archaeology/reconstruct/ports.ts';
import { prospectOf, type ReconstructOptions } from '../../../src/archaeology/reconstruct/prospect.ts';
import { reconstruct } from '../../../src/archaeology/reconstruct/reconstruct.ts';
import { MemoryHistory } from '../../helpers/memory-history.ts';

const MINUTE = 60_000;
const OWN = [
  'let us meet at the lake',
  'i am at the station',
  'we go to the cinema at eight, ok?',
  'that was nice of you',
  'i had a sandwich for lunch',
  'the bus was late again',
  'we play chess on sunday',
  'it rains here',
];
const OTHERS = ['how was your day?', 'where are you?', 'what do we do tonight?', 'any news?'];

/** Where the messages of `scene` are thought to be missing: between rows 39 and 41 of a chat of two. */
export const AFTER = 39;
export const BEFORE = 41;

/** Ana, the person, and Bruno write in turn; `changes` says what stands in a row instead. */
export function chat(changes: Record<number, string> = {}, length = 80): KnownMessage[] {
  return Array.from({ length }, (_, row) => ({
    id: `m${row}`,
    speaker: row % 2 === 0 ? 'Ana' : 'Bruno',
    isOwn: row % 2 === 0,
    at: row * MINUTE,
    content: changes[row] ?? (row % 2 === 0 ? OWN[(row >> 1) % OWN.length]! : OTHERS[(row >> 1) % OTHERS.length]!),
    vector: null,
  }));
}

export interface SceneOptions {
  changes?: Record<number, string>;
  length?: number;
  place?: Partial<Place>;
  copies?: OtherCopy[];
  ports?: Partial<ReconstructPorts>;
  options?: Partial<ReconstructOptions>;
}

/** What is rebuilt where row 40 is missing. */
export function rebuilt({ changes, length, place, copies = [], ports, options }: SceneOptions = {}) {
  const messages = chat(changes, length);
  const history = new MemoryHistory(messages.toSpliced(AFTER + 1, BEFORE - AFTER - 1), { model: null });
  const where = { ...history.place(AFTER, AFTER + 1), ...place };
  const found = prospectOf(
    where,
    { otherCopies: copies, elsewhere: [] },
    { maxMessages: 3, products: ['retrieval', 'composition'], given: null, ...options },
  );
  const all = history.ports({ otherCopies: copies, ...ports });
  return { place: reconstruct(found, all, () => null), messages, where };
}

export const copyOf = (content: string, at: number, certainty = 1): OtherCopy => ({
  ...{ id: `copy-${at}`, speaker: 'Ana', isOwn: true, at, content, certainty },
});
