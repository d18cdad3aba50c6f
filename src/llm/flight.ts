/** One text on its way, heard by all who asked for it, from its beginning. Where all of them have left, it is given up. */
export class Flight<R> {
  private readonly said: string[] = [];
  private ended: { result: R } | null = null;
  private news = Promise.withResolvers<void>();
  private listeners = 0;
  private readonly desertion = new AbortController();

  /** Aborts as soon as nobody waits for the text any more. */
  get deserted(): AbortSignal {
    return this.desertion.signal;
  }

  say(text: string): void {
    this.said.push(text);
    this.tell();
  }

  end(result: R): void {
    this.ended = { result };
    this.tell();
  }

  /**
   * What is said, then the result. From the call on this is somebody who waits, until it ends or `leaving` aborts; then
   * it throws the reason of that.
   */
  hear(leaving?: AbortSignal): AsyncGenerator<string, R> {
    this.listeners++;
    let isHere = true;
    const leave = () => {
      if (!isHere) return;
      isHere = false;
      leaving?.removeEventListener('abort', leave);
      this.listeners--;
      if (this.listeners === 0 && !this.ended) this.desertion.abort();
      this.tell();
    };
    if (leaving?.aborted) leave();
    else leaving?.addEventListener('abort', leave);
    return this.pieces(leave, leaving);
  }

  private async *pieces(leave: () => void, leaving: AbortSignal | undefined): AsyncGenerator<string, R> {
    try {
      let heard = 0;
      for (;;) {
        leaving?.throwIfAborted();
        while (heard < this.said.length) yield this.said[heard++]!;
        if (this.ended) return this.ended.result;
        await this.news.promise;
      }
    } finally {
      leave();
    }
  }

  private tell(): void {
    this.news.resolve();
    this.news = Promise.withResolvers();
  }
}
