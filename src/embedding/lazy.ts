import { type Embedder, EmbedderUnavailable } from './embedder.ts';
import { createGate } from './gate.ts';

/** How an embedder comes to be: what it needs is fetched, then it is made. */
export interface LazyEmbedder<Parts> {
  model: string;
  dimensions: number;
  /** I/O: each request that finds no embedder does its own, because requests cannot wait for each other's */
  fetch: () => Promise<Parts>;
  /** no I/O; runs once */
  make: (parts: Parts) => Promise<Embedder>;
}

/** An embedder that loads on its first use. Where loading fails the next use tries again. */
export function lazyEmbedder<Parts>({ model, dimensions, fetch, make }: LazyEmbedder<Parts>): Embedder {
  const exclusively = createGate();
  let loaded: Embedder | undefined;

  const load = async (): Promise<Embedder> => {
    const parts = await fetch();
    return exclusively(async () => {
      loaded ??= await make(parts);
      return loaded;
    });
  };

  return {
    model,
    dimensions,
    async embed(texts) {
      const embedder =
        loaded ??
        (await load().catch((cause: unknown) => {
          throw new EmbedderUnavailable('The model does not load.', { cause });
        }));
      return embedder.embed(texts);
    },
  };
}
