/** One text on its way, heard by all who asked for it, from its beginning. */
export class Flight<R> {
  private readonly said: string[] = [];
  private ended: { result: R } | null = null;
  private news = Promise.withResolvers<void>();

  say(text: string): void {
    this.said.push(text);
    this.tell();
  }

  end(result: R): void {
    this.ended = { result };
    this.tell();
  }

  /** What is said, then the result. */
  async *hear(): AsyncGenerator<string, R> {
    let heard = 0;
    for (;;) {
      while (heard < this.said.length) yield this.said[heard++]!;
      if (this.ended) return this.ended.result;
      await this.news.promise;
    }
  }

  async result(): Promise<R> {
    while (!this.ended) await this.news.promise;
    return this.ended.result;
  }

  private tell(): void {
    this.news.resolve();
    this.news = Promise.withResolvers();
  }
}
