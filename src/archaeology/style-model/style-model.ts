import { KneserNey, MAX_TOKEN_ID } from './kneser-ney.ts';
import { styleTokens } from './style-tokens.ts';
import { TokenNumbers } from './token-numbers.ts';

/** Stand before and after each message; what was never seen is `UNKNOWN`. */
const START = 1;
const UNKNOWN = 2;
const END = 3;
const FIRST_TOKEN = 4;
const DEFAULT_TOKENS = 2 ** 16;
/** Tokens of one message that count: a pasted book is not a manner of writing. */
const MESSAGE_TOKENS = 2_000;

/** How likely a text is in someone's manner. */
export interface StyleScore {
  /** natural logarithm of the probability of each token, then of the end */
  logProbabilities: Float64Array;
  /** their mean, in nats; 0 at most, and the nearer to 0 the more usual */
  mean: number;
  /** tokens of the text that the person has not used in what the model holds */
  unknown: number;
}

/**
 * How one person puts words: a trigram model of their most recent messages, in the spelling they use. It holds
 * `maxTokens` tokens; the oldest message is forgotten first. Any message can be taken back. The state is a function of
 * the messages it holds, in whatever order they came, so it is rebuilt from recent history and needs no snapshot.
 */
export class StyleModel {
  private readonly maxTokens: number;
  private readonly counts = new KneserNey();
  private readonly numbers = new TokenNumbers(FIRST_TOKEN);
  /** by row, oldest added first */
  private readonly messages = new Map<number, Int32Array>();
  private held = 0;

  /**
   * @param maxTokens 1 to 2^20 - 2,005
   * @throws RangeError if `maxTokens` is out of range
   */
  constructor({ maxTokens = DEFAULT_TOKENS } = {}) {
    if (!(maxTokens >= 1 && maxTokens + MESSAGE_TOKENS + FIRST_TOKEN < MAX_TOKEN_ID)) {
      throw new RangeError(
        `A style model holds 1 to ${MAX_TOKEN_ID - MESSAGE_TOKENS - FIRST_TOKEN - 1} tokens, not ${maxTokens}.`,
      );
    }
    this.maxTokens = maxTokens;
  }

  /** Tokens held, repeats counted. */
  get tokens(): number {
    return this.held;
  }

  /** Different tokens held. */
  get vocabulary(): number {
    return this.numbers.size;
  }

  /** Bytes of the tables; the tokens' texts come on top. */
  get bytes(): number {
    return this.counts.bytes + this.held * Int32Array.BYTES_PER_ELEMENT;
  }

  /** Learns a message. A row that is held already is replaced. Linear in its length. */
  add(row: number, text: string): void {
    this.remove(row);
    const tokens = styleTokens(text).slice(0, MESSAGE_TOKENS);
    if (tokens.length === 0) return;
    const ids = Int32Array.from(tokens, (token) => this.numbers.hold(token));
    this.messages.set(row, ids);
    this.held += ids.length;
    this.count(ids, 1);
    for (const oldest of this.messages.keys()) {
      if (this.held <= this.maxTokens || this.messages.size === 1) break;
      this.remove(oldest);
    }
  }

  /** Takes a message back. @returns false if it is not held, or no longer */
  remove(row: number): boolean {
    const ids = this.messages.get(row);
    if (ids === undefined) return false;
    this.messages.delete(row);
    this.held -= ids.length;
    this.count(ids, -1);
    for (const id of ids) this.numbers.release(id);
    return true;
  }

  /** How likely this text is. Without any message every token is as likely as another. */
  score(text: string): StyleScore {
    const tokens = styleTokens(text);
    const logProbabilities = new Float64Array(tokens.length + 1);
    let [a, b, unknown] = [START, START, 0];
    for (let i = 0; i <= tokens.length; i++) {
      const c = i === tokens.length ? END : this.idOf(tokens[i]!);
      if (c === UNKNOWN) unknown++;
      logProbabilities[i] = Math.log(this.at(a, b, c));
      a = b;
      b = c;
    }
    return {
      logProbabilities,
      mean: logProbabilities.reduce((sum, each) => sum + each, 0) / logProbabilities.length,
      unknown,
    };
  }

  /**
   * P(next | before). `null` before the first token and for the end. Over all held tokens, the end and one that was
   * never seen it sums to 1.
   */
  probability(before: readonly [string | null, string | null], next: string | null): number {
    const [a, b] = before.map((token) => (token === null ? START : this.idOf(token)));
    return this.at(a!, b!, next === null ? END : this.idOf(next));
  }

  /** What the person writes most. */
  frequent(count: number): string[] {
    return this.numbers.frequent(count);
  }

  private at(a: number, b: number, c: number): number {
    return this.counts.probability(a, b, c, this.numbers.size + 2);
  }

  private idOf(token: string): number {
    return this.numbers.find(token) ?? UNKNOWN;
  }

  private count(ids: Int32Array, sign: 1 | -1): void {
    let [a, b] = [START, START];
    for (const c of ids) {
      this.counts.apply(a, b, c, sign);
      a = b;
      b = c;
    }
    this.counts.apply(a, b, END, sign);
  }
}
