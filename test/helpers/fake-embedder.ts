import { type Embedder, EmbedderUnavailable } from '../../src/embedding/embedder.ts';

/** A model of three dimensions whose vectors say which text they are of; it can be told to fail. */
export class FakeEmbedder implements Embedder {
  readonly model: string;
  readonly dimensions = 3;
  readonly remote: boolean;
  /** texts of each call */
  readonly calls: string[][] = [];
  private failure: Error | undefined;

  constructor(model: string, remote = false) {
    this.model = model;
    this.remote = remote;
  }

  async embed(texts: readonly string[]): Promise<Float32Array> {
    this.calls.push([...texts]);
    if (this.failure) throw this.failure;
    return Float32Array.from(texts.flatMap((text) => this.vectorOf(text)));
  }

  /** Not scaled to unit length, so that any rounding on the way would show. */
  vectorOf(text: string): number[] {
    return [text.length + 0.1, text.charCodeAt(0) / 3, this.model.length].map(Math.fround);
  }

  fail(error: Error = new EmbedderUnavailable('down')): void {
    this.failure = error;
  }

  recover(): void {
    this.failure = undefined;
  }
}
