import type { RhythmState } from '../rhythm/rhythm-state.ts';
import { emptyRhythm, observeBeat } from '../rhythm/rhythm-state.ts';
import { Column } from './column.ts';
import { CUE, cuesOf, TERM_BUCKETS } from './cues.ts';
import type { GapMessage } from './gap-message.ts';
import { SequenceSteps } from './sequence.ts';

/** Messages each side of a boundary whose vectors are compared. */
export const BLOCK = 2;
/** Cosines are kept of a message with this many before it: what two blocks that touch need. */
export const LAGS = 2 * BLOCK - 1;
/** A word that comes again within this many messages ties them together. */
const CHAIN = 6;
/** Talk of a picture is explained by one among this many messages before. */
const PICTURE_MEMORY = 8;

/**
 * Directions in the space of one embedding model: how much a vector is like what opens a conversation, and what closes
 * one (log odds).
 */
export interface EndModel {
  opens: { bias: number; weights: Float32Array };
  closes: { bias: number; weights: Float32Array };
}

/**
 * What was read off the messages of one conversation, in order, one row a message: a few numbers each, no text. Row i
 * also stands for the boundary between message i and message i + 1.
 */
export class ConversationScan {
  readonly ids: string[] = [];
  /** epoch ms; double precision */
  readonly times: number[] = [];
  /** the speaker's number */
  readonly speakers = new Column();
  readonly flags = new Column();
  readonly lengths = new Column();
  /** [message, lag - 1] row-major: cosine with the message `lag` before; NaN where one has no vector */
  readonly cosines = new Column();
  /** weight of the words that stand on both sides of the boundary after the message, within a few messages */
  readonly chains = new Column();
  /** step of the sequence number from the message before; NaN where unknown */
  readonly steps = new Column();
  /** 1 where the message comes from another import than the one before */
  readonly seams = new Column();
  /** log odds that the message opens, and closes, a session by its vector; 0 where there is none */
  readonly opens = new Column();
  readonly closes = new Column();
  readonly sequence = new SequenceSteps();
  readonly rhythm: RhythmState = emptyRhythm();

  private readonly names = new Map<string, number>();
  private readonly recent: (Float32Array | null)[] = [];
  private readonly lastSeen = new Int32Array(TERM_BUCKETS).fill(-1);
  private readonly frequency = new Uint32Array(TERM_BUCKETS);
  private last: GapMessage | undefined;
  private lastPicture = -PICTURE_MEMORY - 1;
  private readonly ends: EndModel | null;

  /** @param ends null: vectors are of a model for which nothing was learned */
  constructor(ends: EndModel | null) {
    this.ends = ends;
  }

  get length(): number {
    return this.ids.length;
  }

  /** Takes in the next message in order of time: microseconds, and some tens of bytes kept. */
  push(message: GapMessage): void {
    const row = this.length;
    const cues = cuesOf(message.content);
    const deleted = message.deleted ? CUE.deletionMark : 0;
    this.ids.push(message.id);
    this.times.push(message.at);
    this.speakers.push(this.speakerNumber(message.speaker));
    this.flags.push(this.picturesResolved(row, cues.flags) | deleted);
    this.lengths.push(cues.length);
    this.compareVectors(message.vector);
    this.chains.push(0);
    this.tieWords(row, cues.terms);
    this.noteSource(message);
    const { last } = this;
    const isReply = last !== undefined && last.speaker !== message.speaker;
    observeBeat(this.rhythm, { at: message.at, previousAt: last?.at ?? null, isReply }, 1);
    this.last = message;
  }

  private speakerNumber(name: string): number {
    const known = this.names.get(name) ?? this.names.size;
    this.names.set(name, known);
    return known;
  }

  /** Talk of a picture is a cue only while there is none to talk of. */
  private picturesResolved(row: number, flags: number): number {
    const isExplained = row - this.lastPicture <= PICTURE_MEMORY;
    if (flags & CUE.picture) this.lastPicture = row;
    return isExplained || flags & CUE.picture ? flags & ~CUE.talksOfPicture : flags;
  }

  private compareVectors(vector: Float32Array | null): void {
    const [first, second, third] = [this.earlier(vector, 1), this.earlier(vector, 2), this.earlier(vector, 3)];
    const ends = this.ends?.opens.weights.length === vector?.length ? this.ends : null;
    if (vector === null) {
      for (let i = 0; i < LAGS; i++) this.cosines.push(Number.NaN);
    } else {
      products(vector, first ?? vector, second ?? vector, third ?? vector, ends ?? { opens: SILENT, closes: SILENT });
      this.cosines.push(first === null ? Number.NaN : PRODUCTS[0]!);
      this.cosines.push(second === null ? Number.NaN : PRODUCTS[1]!);
      this.cosines.push(third === null ? Number.NaN : PRODUCTS[2]!);
    }
    this.opens.push(ends === null || vector === null ? 0 : ends.opens.bias + PRODUCTS[3]!);
    this.closes.push(ends === null || vector === null ? 0 : ends.closes.bias + PRODUCTS[4]!);
    this.recent.push(vector);
    if (this.recent.length > LAGS) this.recent.shift();
  }

  /** The vector `lag` messages before, if it can be compared. */
  private earlier(vector: Float32Array | null, lag: number): Float32Array | null {
    const other = this.recent[this.recent.length - lag] ?? null;
    return other !== null && other.length === vector?.length ? other : null;
  }

  private tieWords(row: number, terms: readonly number[]): void {
    for (const term of terms) {
      const before = this.lastSeen[term]!;
      if (before >= 0 && row - before <= CHAIN) {
        const weight = Math.log((row + 1) / (this.frequency[term]! + 0.5));
        for (let boundary = before; boundary < row; boundary++) this.chains.values[boundary]! += weight;
      }
      this.lastSeen[term] = row;
      this.frequency[term]!++;
    }
  }

  private noteSource(message: GapMessage): void {
    const { last } = this;
    const isNumbered = typeof message.sequence === 'number' && typeof last?.sequence === 'number';
    const step = isNumbered ? message.sequence! - last!.sequence! : null;
    this.sequence.add(step);
    this.steps.push(step ?? Number.NaN);
    this.seams.push(last !== undefined && last.source !== message.source ? 1 : 0);
  }
}

/** Stands for weights that were not learned. */
const SILENT = { bias: 0, weights: new Float32Array(0) };
/** Where `products` leaves its five numbers: a message makes no garbage. */
const PRODUCTS = new Float64Array(5);

/** Dot products of one vector with three others and two rows of weights, in one pass over its numbers. */
function products(v: Float32Array, a: Float32Array, b: Float32Array, c: Float32Array, ends: EndModel): void {
  let [s0, s1, s2, s3, s4] = [0, 0, 0, 0, 0];
  const [opens, closes] = [ends.opens.weights, ends.closes.weights];
  const isLearned = opens.length === v.length;
  for (let i = 0; i < v.length; i++) {
    const x = v[i]!;
    s0 += x * a[i]!;
    s1 += x * b[i]!;
    s2 += x * c[i]!;
  }
  if (isLearned) {
    for (let i = 0; i < v.length; i++) {
      s3 += v[i]! * opens[i]!;
      s4 += v[i]! * closes[i]!;
    }
  }
  PRODUCTS[0] = s0;
  PRODUCTS[1] = s1;
  PRODUCTS[2] = s2;
  PRODUCTS[3] = s3;
  PRODUCTS[4] = s4;
}
