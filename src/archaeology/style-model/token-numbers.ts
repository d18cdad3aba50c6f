/** Small numbers for tokens, from `first` up, each forgotten when its last holder lets go. */
export class TokenNumbers {
  private readonly first: number;
  private readonly numbers = new Map<string, number>();
  private readonly tokens: string[] = [];
  private readonly holders: number[] = [];
  private readonly free: number[] = [];

  constructor(first: number) {
    this.first = first;
  }

  /** Different tokens held. */
  get size(): number {
    return this.numbers.size;
  }

  hold(token: string): number {
    let number = this.numbers.get(token);
    if (number === undefined) {
      number = this.free.pop() ?? this.first + this.tokens.length;
      this.numbers.set(token, number);
      this.tokens[number - this.first] = token;
      this.holders[number - this.first] = 0;
    }
    this.holders[number - this.first]!++;
    return number;
  }

  release(number: number): void {
    const i = number - this.first;
    if (--this.holders[i]! > 0) return;
    this.numbers.delete(this.tokens[i]!);
    this.free.push(number);
  }

  /** Undefined for a token that nothing holds. */
  find(token: string): number | undefined {
    return this.numbers.get(token);
  }

  /** The tokens that most hold, most first, equal ones by spelling. */
  frequent(count: number): string[] {
    const rank = [...this.numbers].map(([token, number]) => ({ token, holders: this.holders[number - this.first]! }));
    rank.sort((a, b) => b.holders - a.holders || (a.token < b.token ? -1 : 1));
    return rank.slice(0, count).map(({ token }) => token);
  }
}
