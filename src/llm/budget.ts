import { done, type Outcome, refused } from '../shared/errors.ts';
import type { TextRequest, Usage } from './text-model.ts';

/** What a tenant may spend on a day (UTC); null: as much as it likes. */
export interface DailyLimits {
  tokens: number | null;
  dollars: number | null;
}

/** Dollars a million tokens. */
export interface Prices {
  input: number;
  output: number;
}

export interface Cost {
  /** in and out */
  tokens: number;
  dollars: number;
}

/** What was set aside for one request, to be settled when it is known what it took. */
export interface Claim extends Cost {
  /** as in 2026-11-22 */
  day: string;
  /** what is spent or set aside on it, this included */
  today: Cost;
}

/** Who keeps what a tenant has spent, for all its people and isolates together. */
export interface Ledger {
  /** Sets `cost` aside, or refuses with `rate_limited` and the reason. */
  claim(tenant: string, cost: Cost, limits: DailyLimits): Promise<Outcome<Claim>>;
  settle(tenant: string, claim: Claim, spent: Cost): Promise<void>;
}

const DAY_MS = 86_400_000;
/** Letters a token, of texts that are not English too: low, so that a claim is rather too high. */
const LETTERS_PER_TOKEN = 3;

export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

/** Why `cost` is too much on top of what is spent or set aside today; null: it is not. */
export function overLimit(today: Cost, cost: Cost, limits: DailyLimits, now: number) {
  const retryAfterSeconds = Math.ceil((DAY_MS - (now % DAY_MS)) / 1000);
  const isOver = (part: keyof Cost) => limits[part] !== null && today[part] + cost[part] > limits[part];
  const part = isOver('tokens') ? 'tokens' : isOver('dollars') ? 'dollars' : null;
  if (part === null) return null;
  const detail = `The daily budget for the text model is used up: ${part}. It opens again at midnight UTC.`;
  return refused('rate_limited', detail, retryAfterSeconds);
}

/** The most that a request can take. */
export function worstCase({ system, turns, maxTokens }: TextRequest, prices: Prices): Cost {
  const letters = turns.reduce((sum, { content }) => sum + content.length, system.length);
  return costOf({ input: Math.ceil(letters / LETTERS_PER_TOKEN), output: maxTokens }, prices);
}

export const costOf = ({ input, output }: Usage, prices: Prices): Cost => ({
  tokens: input + output,
  dollars: (input * prices.input + output * prices.output) / 1e6,
});

/** What a text took where the model does not tell. */
export const estimatedUsage = ({ system, turns }: TextRequest, text: string): Usage => ({
  input: Math.ceil(turns.reduce((sum, { content }) => sum + content.length, system.length) / LETTERS_PER_TOKEN),
  output: Math.ceil(text.length / LETTERS_PER_TOKEN),
});

/** Of one process, for tests and benchmarks. */
export class MemoryLedger implements Ledger {
  readonly spent = new Map<string, Cost>();
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  async claim(tenant: string, cost: Cost, limits: DailyLimits): Promise<Outcome<Claim>> {
    const day = dayOf(this.now());
    const over = overLimit(this.today(tenant, day), cost, limits, this.now());
    if (over) return over;
    this.add(tenant, day, cost);
    return done({ ...cost, day, today: this.today(tenant, day) });
  }

  async settle(tenant: string, { day, tokens, dollars }: Claim, spent: Cost): Promise<void> {
    this.add(tenant, day, { tokens: spent.tokens - tokens, dollars: spent.dollars - dollars });
  }

  private today(tenant: string, day: string): Cost {
    return this.spent.get(`${tenant} ${day}`) ?? { tokens: 0, dollars: 0 };
  }

  private add(tenant: string, day: string, { tokens, dollars }: Cost): void {
    const before = this.today(tenant, day);
    this.spent.set(`${tenant} ${day}`, { tokens: before.tokens + tokens, dollars: before.dollars + dollars });
  }
}
