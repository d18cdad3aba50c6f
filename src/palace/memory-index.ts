import type { Role } from '../messages/contract.ts';
import { TopK } from '../spatial/top-k.ts';
import { Bm25Index } from '../text/bm25.ts';
import type { Now } from '../text/time/mention.ts';
import { statesTime } from '../text/time-words.ts';
import { termsOf, words } from '../text/tokenize.ts';
import { answerable, bestOf, type Evidence, Lead } from './answerable.ts';
import { SIGNALS, type Signal, substance, WEIGHTS } from './blend.ts';
import { type Judge, LOOKED_AT, lookFeatures, shippedJudge } from './closer-look.ts';
import type { SearchFilters } from './contract.ts';
import { roleNumber, rowFilter } from './filters.ts';
import { Interner } from './interner.ts';
import { Meaning } from './meaning.ts';
import { ASKS, HAS_NUMBER, IS_QUESTION, MessageTable, NO_SPEAKER, OF_SELF, STATES_TIME } from './message-table.ts';
import { Neighbours, NONE } from './neighbours.ts';
import { Nicknames } from './nicknames.ts';
import { type ParsedQuery, parseQuery } from './query.ts';
import { Sayings } from './sayings.ts';
import { Shapes } from './shapes.ts';
import { fillTime } from './time-scope.ts';
import { scoreOwn, scoreStretches, scoreWindows, type WeightedTerm } from './window-score.ts';

/** A message as the index takes it in. The content is read and not kept. */
export interface IndexedMessage {
  /** small, whole, not negative, never used before; any order of time */
  row: number;
  conversationId: string;
  role: Role;
  speaker: string | null;
  /** epoch ms */
  sentAt: number;
  content: string;
}

export interface IndexQuery {
  text: string;
  /** the query's vector by model; models without one are searched by words only */
  vectors: ReadonlyMap<string, Float32Array>;
  topK: number;
  filters: SearchFilters;
  /** what "yesterday" counts from, in the asker's time zone */
  now: Now;
  explain: boolean;
  /** row of the first message that says the same, by row: of such messages only the best is a hit. Default: none */
  duplicateOf?: ReadonlyMap<number, number>;
}

export interface Hit {
  row: number;
  /** rows that say the same and pass the filters too */
  duplicates: number[];
  /** comparable within one answer only */
  score: number;
  /** every signal's share of the score; empty unless asked for */
  signals: Partial<Record<Signal | 'closer_look', number>>;
}

export interface IndexAnswer {
  hits: Hit[];
  /** calibrated probability that an answer is among the first ten, in [0, 1] */
  answerable: number;
  /** what that is concluded from; null where nothing was found */
  evidence: Evidence | null;
}

/** A time this far off is not evidence by itself. */
const FAINT = 0.01;
/** The best so far that the others are compared with. */
const LIKE_BEST = 10;
const NO_DUPLICATES: ReadonlyMap<number, number> = new Map();
/** English. */
const FIRST_PERSON: ReadonlySet<string> = new Set(['i', 'me', 'my', 'we', 'our']);
const SPEAKER = SIGNALS.indexOf('speaker');
const SELF = SIGNALS.indexOf('of_self');
/** Results that the probability is about. */
const JUDGED = 10;
const DIGIT = /\p{N}/u;
const QUESTION_MARK = /[?？؟]/;
const QUESTION_END = /[?？؟]\s*$/;

/** Everything of one person that a search needs, in memory: words, vectors, neighbours, facts. Pure and synchronous. */
export class MemoryIndex {
  private readonly words = new Bm25Index();
  private readonly meaning: Meaning;
  private readonly neighbours = new Neighbours();
  private readonly table = new MessageTable();
  private readonly shapes = new Shapes();
  private readonly nicknames = new Nicknames();
  private readonly conversations = new Interner();
  private readonly timeline = { table: this.table, neighbours: this.neighbours, conversations: this.conversations };
  private readonly speakers = new Interner();
  private readonly judge: Judge;
  private scratch = scratchOf(0);

  /**
   * @param module the compiled kernels/vectors.as.ts
   * @param judge of the closer look; another than the shipped one only to learn it
   */
  constructor(module: WebAssembly.Module, judge: Judge = shippedJudge) {
    this.meaning = new Meaning(module);
    this.judge = judge;
  }

  get size(): number {
    return this.table.size;
  }

  /** Memory that the vectors hold, bytes. */
  get vectorBytes(): number {
    return this.meaning.byteLength;
  }

  /** Models of which there is at least one vector. */
  models(): string[] {
    return this.meaning.models();
  }

  /** How messages stand to each other, for who asks nothing in words. Rows that are not known have no neighbour. */
  readonly order = {
    next: (row: number): number => (this.table.has(row) ? this.neighbours.next[row]! : NONE),
    previous: (row: number): number => (this.table.has(row) ? this.neighbours.previous[row]! : NONE),
    isOf: (row: number, role: Role): boolean => this.table.has(row) && this.table.role[row] === roleNumber(role),
    nearest: (model: string, vector: Float32Array, count: number) => this.meaning.nearest(model, vector, count),
    vectorOf: (row: number, model: string) => this.meaning.vectorOf(row, model),
  };

  /** @throws RangeError if the row is taken */
  add(message: IndexedMessage): void {
    const { row, content, sentAt } = message;
    const cut = words(content);
    this.words.add(row, termsOf(cut));
    const conversation = this.conversations.hold(message.conversationId);
    const speaker = message.speaker === null ? NO_SPEAKER : this.speakers.hold(message.speaker);
    const flags =
      (QUESTION_END.test(content) ? IS_QUESTION : 0) |
      (QUESTION_MARK.test(content) ? ASKS : 0) |
      (statesTime(cut) ? STATES_TIME : 0) |
      (cut.some((word) => FIRST_PERSON.has(word)) ? OF_SELF : 0) |
      (DIGIT.test(content) ? HAS_NUMBER : 0);
    this.table.set(row, { sentAt, conversation, speaker, role: roleNumber(message.role), flags });
    this.shapes.set(row, content, cut);
    this.neighbours.add(row, conversation, sentAt);
    this.nicknames.add(row, content);
  }

  /**
   * Sets the vector of a message; without effect where the message is not there (it may just have been deleted).
   * @throws RangeError if the model's other vectors have another length
   */
  setVector(row: number, model: string, bytes: Int8Array, scale: number): void {
    if (this.table.has(row)) this.meaning.set(row, model, bytes, scale);
  }

  /** Takes every trace of a message out. */
  remove(row: number): boolean {
    if (!this.table.has(row)) return false;
    const conversation = this.table.conversation[row]!;
    const speaker = this.table.speaker[row]!;
    this.words.remove(row);
    this.meaning.remove(row);
    this.neighbours.remove(row, conversation);
    this.nicknames.remove(row);
    this.conversations.release(conversation);
    if (speaker !== NO_SPEAKER) this.speakers.release(speaker);
    this.table.remove(row);
    this.shapes.remove(row);
    return true;
  }

  /**
   * The best messages that pass the filters, best first, equal scores by row. A message for which nothing in the query
   * speaks is no answer, so fewer than `topK` may come.
   * @throws RangeError if a query vector has not its model's length
   */
  search(query: IndexQuery): Hit[] {
    return this.answer(query).hits;
  }

  /** As `search`, with the probability that the hits hold an answer at all. */
  answer(query: IndexQuery): IndexAnswer {
    const parsed = parseQuery(query.text, query.now, this.speakers, (word) =>
      this.nicknames.speakerOf(word, this.table, this.neighbours),
    );
    const { isInTime, isTimeFilter, cosine } = this.score(parsed, query);
    this.scoreLikeBest(parsed, query.vectors);
    const accepts = rowFilter(query.filters, this.table, this.conversations, this.speakers);
    const best = new TopK(Math.max(query.topK, LOOKED_AT));
    const unfiltered = new TopK(LOOKED_AT);
    const sayings = new Sayings(query.duplicateOf ?? NO_DUPLICATES);
    const lead = new Lead();
    const shares = new Float64Array(SIGNALS.length);
    for (let row = 0; row < this.table.end; row++) {
      if (!this.table.has(row) || !isInTime(row) || !this.isCandidate(row, parsed)) continue;
      const score = this.fillShares(row, parsed, shares);
      unfiltered.push(row, score);
      if (!accepts(row)) continue;
      if (!sayings.take(row, score)) best.push(row, score);
      lead.note(parsed.speakers.has(this.table.speaker[row]!), score - shares[SPEAKER]! - shares[SELF]!);
    }
    sayings.pushInto(best);
    const ranked = best.ranked();
    const evidence = ranked.length === 0 ? null : this.evidence(ranked.slice(0, JUDGED), parsed, cosine, lead);
    // all of a time fit alike: there is nothing to look for
    const looked = isTimeFilter ? ranked.map(unlooked) : this.lookCloser(ranked, unfiltered.ranked(), parsed);
    return {
      hits: looked.slice(0, query.topK).map(({ row, score, look }) => ({
        row,
        score,
        duplicates: sayings.othersOf(row),
        signals: query.explain ? { ...this.explain(row, parsed), closer_look: look } : {},
      })),
      answerable: answerable(evidence, isTimeFilter),
      evidence,
    };
  }

  /** The first ones in the order that a closer look gives them; the others stay behind them, as they were. */
  private lookCloser(ranked: readonly Scored[], unfiltered: readonly Scored[], parsed: ParsedQuery): Looked[] {
    if (ranked.length === 0) return [];
    const near = ranked.slice(0, LOOKED_AT);
    const features = lookFeatures(near, {
      table: this.table,
      neighbours: this.neighbours,
      shapes: this.shapes,
      parsed,
      lengthOf: (row) => this.words.lengthOf(row),
      own: this.scratch.own,
      sharesOf: (row, out) => (this.isCandidate(row, parsed) ? this.fillShares(row, parsed, out) : null),
      best: unfiltered,
    });
    const looks = this.judge(features);
    const looked = near.map(({ row, score }, i) => ({ row, score: score + looks[i]!, look: looks[i]! }));
    looked.sort((a, b) => b.score - a.score || a.row - b.row);
    return [...looked, ...ranked.slice(LOOKED_AT).map(unlooked)];
  }

  private evidence(judged: readonly Scored[], parsed: ParsedQuery, cosine: number, lead: Lead): Evidence {
    const rarity = (terms: readonly string[]) => terms.reduce((sum, term) => sum + this.words.idf(term), 0);
    const unheard = parsed.terms.filter((term) => this.words.documentFrequency(term) === 0);
    return {
      cosine,
      words: bestOf(judged, (row) => this.scratch.words[row]!),
      unheard: parsed.terms.length === 0 ? 0 : rarity(unheard) / rarity(parsed.terms),
      gap: judged[0]!.score - judged.at(-1)!.score,
      lead: lead.value,
    };
  }

  /** Fills the scratch columns with what has to be computed for all rows at once. */
  private score(parsed: ParsedQuery, { vectors, now }: IndexQuery) {
    if (this.scratch.words.length < this.table.end) this.scratch = scratchOf(this.table.capacity);
    const { scratch } = this;
    scratch.words.fill(0);
    scratch.context.fill(0);
    scratch.own.fill(0);
    const weighted = parsed.terms.map((term) => ({ term, idf: this.words.idf(term) }));
    const whole = weighted.reduce((sum, { idf }) => sum + idf, 0);
    const terms: WeightedTerm[] = weighted.map(({ term, idf }) => ({ term, idf: idf / whole }));
    scoreWindows(terms, this.words, this.neighbours, scratch, scratch.words);
    scoreStretches(terms, this.words, this.neighbours, scratch, scratch.context);
    scoreOwn(terms, this.words, scratch.own);
    const cosine = this.meaning.score(vectors, scratch.meaning);
    scratch.time.fill(0);
    const isTimeFilter =
      parsed.time !== null && fillTime(parsed.time, parsed.isOnlyTime, now, this.timeline, scratch.time);
    const isInTime = (row: number) => !isTimeFilter || scratch.time[row]! > 0;
    return { isInTime, isTimeFilter, cosine };
  }

  /** A second pass: how much each message is like the best of the first, whatever the filters. */
  private scoreLikeBest(parsed: ParsedQuery, vectors: IndexQuery['vectors']): void {
    this.scratch.likeBest.fill(0);
    if (vectors.size === 0) return;
    const best = new TopK(LIKE_BEST);
    const shares = new Float64Array(SIGNALS.length);
    for (let row = 0; row < this.table.end; row++) {
      if (this.table.has(row) && this.isCandidate(row, parsed)) best.push(row, this.fillShares(row, parsed, shares));
    }
    const rows = best.ranked().map(({ row }) => row);
    this.meaning.scoreLike(rows, vectors, this.scratch.likeBest);
  }

  private isCandidate(row: number, parsed: ParsedQuery): boolean {
    return (
      this.scratch.context[row]! > 0 ||
      !Number.isNaN(this.scratch.meaning[row]!) ||
      parsed.speakers.has(this.table.speaker[row]!) ||
      this.scratch.time[row]! > FAINT
    );
  }

  /** Writes each signal's share in the order of SIGNALS and returns their sum. */
  private fillShares(row: number, parsed: ParsedQuery, shares: Float64Array): number {
    const { scratch, table } = this;
    const flags = table.flags[row]!;
    const before = this.neighbours.previous[row]!;
    const isNamed = parsed.speakers.has(table.speaker[row]!);
    shares[0] = WEIGHTS.words * scratch.words[row]!;
    shares[1] = WEIGHTS.context * scratch.context[row]!;
    shares[2] = WEIGHTS.meaning * this.meaningOf(row);
    shares[3] = WEIGHTS.next_meaning * this.meaningOf(this.neighbours.next[row]!);
    shares[4] = WEIGHTS.like_best * scratch.likeBest[row]!;
    shares[5] = isNamed ? WEIGHTS.speaker : 0;
    shares[6] = isNamed && flags & OF_SELF ? WEIGHTS.of_self : 0;
    shares[7] = flags & IS_QUESTION ? WEIGHTS.question : 0;
    shares[8] = before !== NONE && table.flags[before]! & ASKS ? WEIGHTS.answer : 0;
    shares[9] = WEIGHTS.substance * substance(this.words.lengthOf(row));
    shares[10] = flags & HAS_NUMBER ? WEIGHTS.number : 0;
    shares[11] = WEIGHTS.date * scratch.time[row]!;
    shares[12] = parsed.asksTime && flags & STATES_TIME ? WEIGHTS.tells_time : 0;
    let sum = 0;
    for (let i = 0; i < shares.length; i++) sum += shares[i]!;
    return sum;
  }

  private meaningOf(row: number): number {
    const meaning = row === NONE ? 0 : this.scratch.meaning[row]!;
    return Number.isNaN(meaning) ? 0 : meaning;
  }

  private explain(row: number, parsed: ParsedQuery): Hit['signals'] {
    const shares = new Float64Array(SIGNALS.length);
    this.fillShares(row, parsed, shares);
    return Object.fromEntries(SIGNALS.map((signal, i) => [signal, shares[i]!]));
  }
}

type Scored = Pick<Hit, 'row' | 'score'>;

interface Looked extends Scored {
  /** share of the score that the closer look gave */
  look: number;
}

const unlooked = (hit: Scored): Looked => ({ ...hit, look: 0 });

/** Columns by row that one search fills. `counts` and `marks` are left all zero. */
function scratchOf(length: number) {
  return {
    words: new Float64Array(length),
    context: new Float64Array(length),
    own: new Float64Array(length),
    meaning: new Float64Array(length),
    likeBest: new Float64Array(length),
    time: new Float64Array(length),
    counts: new Float64Array(length),
    marks: new Int32Array(length),
  };
}
