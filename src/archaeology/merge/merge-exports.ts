import { bestChain, type Candidate } from './align.ts';
import { type Anchor, clockOffset } from './clock-offset.ts';
import { LocalClock } from './local-clock.ts';
import type { ExportTurn, MergedChat, MergedTurn } from './merge-turn.ts';
import { type SpeakerMap, sameSpeakers } from './same-speakers.ts';
import { similarity } from './similarity.ts';
import { turnKey } from './turn-key.ts';

/** A text that stands more often than this in an export is no anchor for the clock. */
const RARE = 3;
/** Of the rows with one text, this many nearest in time may be the same message. */
const NEAREST = 8;
/** Worth of a pair besides its nearness in time: the number of messages that both have decides first. */
const NEARNESS = 0.01;
/** Texts at least this alike, said by one person at one time, are one message that was edited. */
const EDITED = 0.7;

/**
 * Merges two participants' exports of one chat: what both have once, what either has alone, in order. Ids, names, clocks
 * (a constant offset, a drift, another time zone) and the rendering of texts may differ, and either may lack messages.
 * A message said twice stays twice. Exports are taken in the order given, which need not be that of their clocks.
 * O(n log n); an export may be empty.
 */
export function mergeExports(a: readonly ExportTurn[], b: readonly ExportTurn[]): MergedChat {
  const keysA = a.map(({ content }) => turnKey(content));
  const keysB = b.map(({ content }) => turnKey(content));
  const timesA = Float64Array.from(a, ({ at }) => at);
  const timesB = Float64Array.from(b, ({ at }) => at);
  const rowsByKey = rowsOf(keysB);
  const anchors = anchorsOf(keysA, rowsByKey);
  const offset = clockOffset(anchors, timesA, timesB);
  const people = sameSpeakers(anchors, a, b);
  const clock = new LocalClock(agreeing(anchors, timesA, timesB, offset), timesA, timesB, offset);
  const { tolerance } = clock;
  const candidates: Candidate[] = [];
  for (let row = 0; row < a.length; row++) {
    const rows = rowsByKey.get(keysA[row]!) ?? [];
    const wanted = timesA[row]! + clock.offsetAt(timesA[row]!);
    for (const other of nearest(rows, timesB, wanted)) {
      const apart = Math.abs(timesB[other]! - wanted);
      if (apart > tolerance || !people.isSame(a[row]!.speaker, b[other]!.speaker)) continue;
      candidates.push({ a: row, b: other, worth: 1 + NEARNESS * (1 - apart / (tolerance + 1)) });
    }
  }
  const exact = bestChain(candidates, b.length);
  const chain = withEdited(exact, a, b, clock, people);
  return { turns: union(chain, a, b, clock, people), offsetMs: offset, matched: chain.length };
}

function rowsOf(keys: readonly string[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (const [row, key] of keys.entries()) {
    const known = rows.get(key);
    if (known === undefined) rows.set(key, [row]);
    else known.push(row);
  }
  return rows;
}

/** Pairs of rows with a text that is rare in both. */
function anchorsOf(keysA: readonly string[], rowsB: ReadonlyMap<string, number[]>): Anchor[] {
  const anchors: Anchor[] = [];
  for (const [key, rowsA] of rowsOf(keysA)) {
    const others = rowsB.get(key);
    if (others === undefined || rowsA.length > RARE || others.length > RARE) continue;
    for (const a of rowsA) for (const b of others) anchors.push({ a, b });
  }
  return anchors;
}

/** Anchors of the one clock, none crossing another. */
function agreeing(anchors: readonly Anchor[], a: Float64Array, b: Float64Array, offset: number): Anchor[] {
  const near = anchors
    .map((anchor) => ({ ...anchor, apart: Math.abs(b[anchor.b]! - a[anchor.a]! - offset) }))
    .filter(({ apart }) => apart <= LocalClock.widest)
    .map(({ apart, ...anchor }) => ({ ...anchor, worth: 1 + NEARNESS * (1 - apart / LocalClock.widest) }));
  return bestChain(near, b.length);
}

/** The rows nearest in time; rows stand in the export's order, which is nearly that of time. */
function nearest(rows: readonly number[], times: Float64Array, wanted: number): readonly number[] {
  if (rows.length <= NEAREST) return rows;
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[rows[middle]!]! < wanted) low = middle + 1;
    else high = middle;
  }
  const from = Math.max(0, Math.min(rows.length - NEAREST, low - NEAREST / 2));
  return rows.slice(from, from + NEAREST);
}

/** Between two pairs that are sure, what is left on both sides may be one message with its wording changed. */
function withEdited(
  chain: readonly Candidate[],
  a: readonly ExportTurn[],
  b: readonly ExportTurn[],
  clock: LocalClock,
  { isSame }: SpeakerMap,
): Candidate[] {
  const out: Candidate[] = [];
  let [nextA, nextB] = [0, 0];
  for (const pair of [...chain, { a: a.length, b: b.length, worth: 0 }]) {
    const edited: Candidate[] = [];
    let low = nextB;
    for (let i = nextA; i < pair.a; i++) {
      const wanted = a[i]!.at + clock.offsetAt(a[i]!.at);
      while (low < pair.b && b[low]!.at < wanted - clock.tolerance) low++;
      for (let j = low; j < Math.min(pair.b, low + 4 * NEAREST); j++) {
        if (Math.abs(b[j]!.at - wanted) > clock.tolerance || !isSame(a[i]!.speaker, b[j]!.speaker)) continue;
        const worth = similarity(a[i]!.content, b[j]!.content);
        if (worth >= EDITED) edited.push({ a: i, b: j, worth });
      }
    }
    out.push(...bestChain(edited, b.length));
    if (pair.a < a.length) out.push(pair);
    [nextA, nextB] = [pair.a + 1, pair.b + 1];
  }
  return out;
}

/** Pairs keep their order; what stands between two pairs on either side is interleaved by time. */
function union(
  chain: readonly Candidate[],
  a: readonly ExportTurn[],
  b: readonly ExportTurn[],
  clock: LocalClock,
  people: SpeakerMap,
): MergedTurn[] {
  const turns: MergedTurn[] = [];
  let [i, j] = [0, 0];
  const timeOfB = (row: number) => clock.toA(b[row]!.at);
  const takeA = () => {
    const { id, speaker, content, at } = a[i++]!;
    turns.push({ a: id, b: null, speaker, content, at });
  };
  const takeB = () => {
    const at = timeOfB(j);
    const { id, speaker, content } = b[j++]!;
    turns.push({ a: null, b: id, speaker: people.nameInA(speaker), content, at });
  };
  for (const pair of [...chain, { a: a.length, b: b.length }]) {
    while (i < pair.a || j < pair.b) {
      if (j >= pair.b || (i < pair.a && a[i]!.at <= timeOfB(j))) takeA();
      else takeB();
    }
    if (i < a.length && j < b.length) {
      const { id, speaker, content, at } = a[i++]!;
      turns.push({ a: id, b: b[j++]!.id, speaker, content, at });
    }
  }
  return turns;
}
