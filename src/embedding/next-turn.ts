const schedule = globalThis.setImmediate ?? setTimeout;

/** Resolves in a later turn of the event loop, after what is already waiting there. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    schedule(resolve);
  });
